# --json has what was printed, as numbers.
$NAPIER run configs/designs/digits_w8a8.yaml --images 20 --json $TMP/run.json > $TMP/text
python3 - <<'P'
import json, os
d = json.load(open(os.environ["TMP"] + "/run.json"))
print(d["design"], d["network"], d["images"], d["float_correct"], d["quantized_correct"])
print(sorted(d["layers"][0])[:8])
print(sum(l["macs"] for l in d["layers"]))
P
