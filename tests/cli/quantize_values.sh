# Numbers on the command line: both schemes, a set on one side of zero, one bit,
# powers of two, groups.
$NAPIER quantize --bits 4 --values 0.1,0.2,1.2,2.5,2.1,-1.0,-2.0,-2.5
$NAPIER quantize --bits 4 --values 0.5,1,1.5,3
$NAPIER quantize --bits 1 --values 0.5,-1,1.5
$NAPIER quantize --bits 4 --values 1,7.2,-3 --set quantization.power_of_two=true --set quantization.power_of_two_choice=mse
$NAPIER quantize --bits 3 --values 1,2,100,300 --set quantization.weights.granularity=group --set quantization.weights.group=2
$NAPIER quantize --bits 4 --values 0.5,-1 --json - | grep -E '"(better|saving|code)"'
