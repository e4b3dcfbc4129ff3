// Weight codes of one column to operands: the zero point is subtracted once, here, in front of
// the array. Combinational.
//
//   WeightWidth 1     operand -1 or +1; zp_i[0] means that the column is not used: operand 0
//   ZeroPoint 1       operand = code - zp, one bit wider
//   otherwise         operand = code; zp_i is ignored
//
// enable_i = 0 gives operands 0 (rows beyond the reduction), which a 1-bit code cannot say.
module npu_weight_op #(
  parameter int Lanes       = 1,
  parameter int WeightWidth = 8,
  parameter int ZeroPoint   = 0,
  parameter int SimWidth    = 0,
  // derived: do not set
  parameter int WeightOpWidth = (WeightWidth == 1) ? 2 :
                                         (ZeroPoint != 0) ? WeightWidth + 1 : WeightWidth,
  parameter int WeightStore = (SimWidth > WeightOpWidth) ? SimWidth : WeightOpWidth
) (
  input  logic                           enable_i,

  input  logic [Lanes*WeightWidth-1:0]   code_i,
  input  logic signed [WeightWidth-1:0]  zp_i,

  output logic [Lanes*WeightStore-1:0]   weight_o
);

  for (genvar l = 0; l < Lanes; l++) begin : gen_lane
    logic signed [WeightOpWidth-1:0] weight;

    if (WeightWidth == 1) begin : gen_binary
      assign weight = zp_i[0] ? 2'sb00 : $signed({~code_i[l], 1'b1});
    end else if (ZeroPoint != 0) begin : gen_asymmetric
      assign weight = WeightOpWidth'($signed(code_i[l*WeightWidth +: WeightWidth])) -
                      WeightOpWidth'(zp_i);
    end else begin : gen_symmetric
      assign weight = $signed(code_i[l*WeightWidth +: WeightWidth]);
    end

    assign weight_o[l*WeightStore +: WeightStore] = enable_i ? WeightStore'(weight) : '0;
  end

endmodule
