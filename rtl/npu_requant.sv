// One column's requantizer: code = clamp(round((acc * mult) / 2^shift) + zero point).
//
//   acc --> * mult --> +-2^30 --> >>> shift --> + inc + zp, clamp --> code
//             [1]        [2]         [3]                 [4]      register after each
//
// The double-rounding term (TFLite's two roundings in one addition) applies when shift > 31.
// Nothing is narrowed before the clamp. data_o stands four cycles after valid_i and keeps.
// mult is positive: its top bit is 0. It does not fetch its parameters. later_i is one for all
// columns, kept outside; what stands still then costs a compiled simulation one test for them all.
module npu_requant #(
  parameter int AccWidth   = 32,
  parameter int MultWidth  = 32,
  parameter int ShiftWidth = 6,
  parameter int ActWidth   = 8,
  parameter int Rounding   = 0   // as npu_round_inc
) (
  input  logic                        clk_i,

  input  logic                        valid_i,
  input  logic [2:0]                  later_i,   // valid_i one, two, three cycles ago
  input  logic                        double_round_i,

  input  logic signed [AccWidth-1:0]  acc_i,
  input  logic signed [MultWidth-1:0] mult_i,
  input  logic [ShiftWidth-1:0]       shift_i,
  input  logic signed [ActWidth:0]    out_zp_i,
  input  logic signed [ActWidth:0]    act_min_i,
  input  logic signed [ActWidth:0]    act_max_i,

  output logic [ActWidth-1:0]         data_o
);

  // |acc * mult| <= 2^(AccWidth+MultWidth-2), so the product and +-2^30 fit.
  localparam int ProdWidth =
      (AccWidth + MultWidth > 33) ? AccWidth + MultWidth : 33;
  // Room for the increment and the zero point.
  localparam int SumWidth = ((ProdWidth > ActWidth) ? ProdWidth : ActWidth) + 2;

  localparam logic signed [ProdWidth-1:0] Half30 = ProdWidth'(32'sh4000_0000);

  logic nudge_now, shift_now, clamp_now;

  assign {clamp_now, shift_now, nudge_now} = later_i;

  // 1: multiply
  logic signed [ProdWidth-1:0] prod_q;
  logic [ShiftWidth-1:0]       shift_q;

  always_ff @(posedge clk_i) begin
    if (valid_i) begin
      prod_q  <= ProdWidth'(acc_i) * ProdWidth'(mult_i);
      shift_q <= shift_i;
    end
  end

  // 2: the first rounding of two
  logic                        twice;
  logic signed [ProdWidth-1:0] nudge;
  logic signed [ProdWidth-1:0] prod_q2;
  logic [ShiftWidth-1:0]       shift_q2;

  assign twice = double_round_i && (32'(shift_q) > 32'd31);
  assign nudge = !twice ? '0 : prod_q[ProdWidth-1] ? -Half30 : Half30;

  always_ff @(posedge clk_i) begin
    if (nudge_now) begin
      prod_q2  <= prod_q + nudge;
      shift_q2 <= shift_q;
    end
  end

  // 3: shift; the bits that fall out, in two masks
  logic [ProdWidth-1:0]        dropped;
  logic [ProdWidth-1:0]        below_half;
  logic signed [ProdWidth-1:0] kept;
  logic                        inc;
  logic signed [ProdWidth-1:0] kept_q;
  logic                        inc_q;

  always_comb begin
    dropped = '0;
    kept    = '0;
    if (shift_now) begin
      dropped = ~({ProdWidth{1'b1}} << shift_q2);
      kept    = prod_q2 >>> shift_q2;
    end
  end

  assign below_half = dropped >> 1;

  npu_round_inc #(
    .Mode ( Rounding )
  ) u_round_inc (
    .neg_i    ( prod_q2[ProdWidth-1]                ),
    .lsb_i    ( kept[0]                             ),
    .half_i   ( |(prod_q2 & (dropped ^ below_half)) ),
    .sticky_i ( |(prod_q2 & below_half)             ),
    .inc_o    ( inc                                 )
  );

  always_ff @(posedge clk_i) begin
    if (shift_now) begin
      kept_q <= kept;
      inc_q  <= inc;
    end
  end

  // 4: zero point and clamp
  logic signed [SumWidth-1:0] sum;
  logic [ActWidth-1:0]        data_d, data_q;

  always_comb begin
    sum    = '0;
    data_d = '0;
    if (clamp_now) begin
      sum    = SumWidth'(kept_q) + SumWidth'(out_zp_i) + $signed(SumWidth'({1'b0, inc_q}));
      data_d = (sum < SumWidth'(act_min_i)) ? ActWidth'(act_min_i) :
               (sum > SumWidth'(act_max_i)) ? ActWidth'(act_max_i) : ActWidth'(sum);
    end
  end

  always_ff @(posedge clk_i) begin
    if (clamp_now) data_q <= data_d;
  end

  assign data_o = data_q;

endmodule
