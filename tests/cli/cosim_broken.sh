# What stands between the command and a Verilated machine, each missing in turn.
export NAPIER_CACHE=$TMP/cache
design=configs/designs/digits_w8a8.yaml
mkdir $TMP/alone && cp $NAPIER $TMP/alone/napier
env -u NAPIER_DATA $TMP/alone/napier cosim $design -o $TMP/rom; echo "= $?"
$NAPIER cosim $design -o $TMP/rom --rtl $TMP/nowhere; echo "= $?"
mkdir $TMP/rtl && cp rtl/*.sv rtl/*.vlt $TMP/rtl && echo 'module npu_core (' > $TMP/rtl/npu_core.sv
$NAPIER cosim $design -o $TMP/rom --rtl $TMP/rtl 2>&1 | grep -oE "error: the Verilated .*|syntax error" | sort -u
NAPIER_CACHE=$TMP/rtl/npu_pe.sv $NAPIER cosim $design -o $TMP/rom 2>&1 | sed 's#/[0-9a-f]\{16,\}##'
$NAPIER cosim --random 1 -o $TMP/random --rtl $TMP/rtl 2>&1 | grep "could not be run"
