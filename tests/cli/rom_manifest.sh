# What describes the words is held to account as the words are.
D=configs/designs/digits_w8a8.yaml
$NAPIER rom $D -o $TMP/rom > /dev/null
edit() {
    cp $TMP/rom/manifest.json $TMP/kept.json
    python3 - "$1" <<'P'
import json, os, sys
path = os.environ["TMP"] + "/rom/manifest.json"
m = json.load(open(path))
exec(sys.argv[1])
json.dump(m, open(path, "w"))
P
    echo "# $1"
    $NAPIER rom $D -o $TMP/rom --verify 2>&1 | grep -E 'error|verified' | sed 's#.*: error: ##'
    cp $TMP/kept.json $TMP/rom/manifest.json
}
edit 'm["tensors"][0]["scale"] = [1.0] * 8'
edit 'm["tensors"][0]["axes"] = "ky kx in out"'
edit 'm["memories"][0]["fields"] = []'
edit 'm["rule"] = ""'
edit 'm["banks"][0]["crc32"] = "00000000"'
edit 'm["program_digest"] = "0" * 64'
edit 'm["layout"]["row_groups"] = 2'
edit 'm["images"][0]["units"] += 1'
edit 'm["images"].append(dict(m["images"][0], name="weight_999"))'
edit 'm["tool"] = "another"'
echo "# a byte between two banks"
$NAPIER rom $D -o $TMP/gap --format bin --align 4096 > /dev/null
printf U | dd of=$TMP/gap/image.bin bs=1 seek=2000 conv=notrunc 2> /dev/null
$NAPIER rom --decode $TMP/gap -o $TMP/t.npz 2>&1 > /dev/null
