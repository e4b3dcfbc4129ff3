// npu_requant's datapath, its registers being wires: clamp(number + zero point), number being
// whatever is the rounding of (acc * mult +-2^30) / 2^shift. The solver chooses that number
// freely; the definition leaves it one choice. mult is not negative.
//
// Shift >= 0 fixes the shift, for widths at which all of them at once are too much. Exact, with an
// ActWidth that holds every number, has no clamp and no choice: the code itself must be the
// rounding. That shows that there always is one.
module prove_requant #(
  parameter int AccWidth   = 8,
  parameter int MultWidth  = 8,
  parameter int ShiftWidth = 4,
  parameter int ActWidth   = 4,
  parameter int Rounding   = 0,
  parameter int Shift      = -1,
  parameter int Exact      = 0
) (
  input  logic                                  double_round_i,
  input  logic signed [AccWidth-1:0]            acc_i,
  input  logic [MultWidth-2:0]                  mult_i,
  input  logic [ShiftWidth-1:0]                 any_shift_i,
  input  logic signed [ActWidth:0]              any_zp_i,
  input  logic signed [ActWidth:0]              any_min_i,
  input  logic signed [ActWidth:0]              any_max_i,
  input  logic signed [AccWidth+MultWidth-1:0]  any_rounded_i,

  output logic                                  bad_o
);

  // As npu_requant's, so that the solver meets one multiplier.
  localparam int ProdWidth = (AccWidth + MultWidth > 33) ? AccWidth + MultWidth : 33;
  localparam int Width     = AccWidth + MultWidth + (1 << ShiftWidth) + 4;

  logic signed [MultWidth-1:0] mult;
  logic signed [ProdWidth-1:0] product;
  logic signed [Width-1:0]     value, sum, expected;
  logic [ShiftWidth-1:0]       shift;
  logic signed [ActWidth:0]    zp, min, max;
  logic signed [Width-1:0]     rounded;
  logic [ActWidth-1:0]         data;
  logic                        holds;

  if (Shift < 0) begin : gen_any_shift
    assign shift = any_shift_i;
  end else begin : gen_shift
    assign shift = Shift;
  end

  if (Exact != 0) begin : gen_exact
    assign zp      = '0;
    assign min     = $signed({2'b11, {(ActWidth-1){1'b0}}});
    assign max     = $signed({2'b00, {(ActWidth-1){1'b1}}});
    assign rounded = Width'($signed(data));
    assign bad_o   = !holds;
  end else begin : gen_clamped
    assign zp      = any_zp_i;
    assign min     = any_min_i;
    assign max     = any_max_i;
    assign rounded = Width'(any_rounded_i);
    assign bad_o   = holds && data != expected[ActWidth-1:0];
  end

  assign mult    = $signed({1'b0, mult_i});
  assign product = ProdWidth'(acc_i) * ProdWidth'(mult);

  always_comb begin
    value = Width'(product);
    if (double_round_i && 7'(shift) > 7'd31) begin
      value = value + ((product < 0) ? -(1 << 30) : (1 << 30));
    end
    sum      = rounded + Width'(zp);
    expected = (sum < Width'(min)) ? Width'(min) :
               (sum > Width'(max)) ? Width'(max) : sum;
  end

  npu_requant #(
    .AccWidth   ( AccWidth   ),
    .MultWidth  ( MultWidth  ),
    .ShiftWidth ( ShiftWidth ),
    .ActWidth   ( ActWidth   ),
    .Rounding   ( Rounding   )
  ) u_requant (
    .clk_i          ( 1'b0           ),
    .valid_i        ( 1'b1           ),
    .later_i        ( 3'b111         ),
    .double_round_i ( double_round_i ),
    .acc_i          ( acc_i          ),
    .mult_i         ( mult           ),
    .shift_i        ( shift          ),
    .out_zp_i       ( zp             ),
    .act_min_i      ( min            ),
    .act_max_i      ( max            ),
    .data_o         ( data           )
  );

  ref_rounded #(
    .Mode      ( Rounding   ),
    .Width     ( Width      ),
    .DropWidth ( ShiftWidth )
  ) u_rounded (
    .value_i ( value   ),
    .code_i  ( rounded ),
    .drop_i  ( shift   ),
    .holds_o ( holds   )
  );

endmodule
