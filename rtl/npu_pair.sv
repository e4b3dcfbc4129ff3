// One column's element-wise arithmetic on two operands that come one after the other.
//
//   mul   result <= overflow(first * second), one check; stands a cycle after the second
//   add   each operand * 2^LeftShift is scaled by its own factor into AccWidth bits (as
//         npu_requant does it), then both are added; stands four cycles after the second
//
// It does not scale the result and does not fetch.
module npu_pair #(
  parameter int ActOpWidth  = 9,
  parameter int MultWidth   = 32,
  parameter int ShiftWidth  = 6,
  parameter int Rounding    = 0,   // as npu_round_inc
  parameter int AccWidth    = 32,
  parameter int AccOverflow = 0,   // as npu_overflow
  parameter int AccWrapBits = 0
) (
  input  logic                         clk_i,

  input  logic                         valid_i,
  input  logic [2:0]                   later_i,         // an add's valid_i, one to three cycles ago
  input  logic                         second_i,        // with valid_i
  input  logic                         add_i,
  input  logic                         double_round_i,

  input  logic signed [MultWidth-1:0]  mult_i,
  input  logic [ShiftWidth-1:0]        shift_i,
  input  logic signed [ActOpWidth-1:0] op_i,

  output logic signed [AccWidth-1:0]   result_o,
  output logic                         overflow_o       // of a mul, with its result
);

  // |operand| < 2^(ActOpWidth-1): the product has a bit to spare.
  localparam int ProdWidth = 2 * ActOpWidth - 1;
  // The room that an operand leaves in the accumulator; at most 20 bits, as TFLite has it.
  localparam int Room      = AccWidth - ActOpWidth - 1;
  localparam int LeftShift = (Room > 20) ? 20 : (Room > 0) ? Room : 0;
  localparam logic signed [AccWidth-1:0] MaxValue = $signed({AccWidth{1'b1}} >> 1);
  localparam logic signed [AccWidth-1:0] MinValue = ~MaxValue;

  // mul; the product of two operands that fits needs no check
  logic signed [ActOpWidth-1:0] op_q;
  logic signed [ProdWidth-1:0]  product;
  logic signed [AccWidth-1:0]   product_q;

  assign product = ProdWidth'(op_q) * ProdWidth'(op_i);

  always_ff @(posedge clk_i) begin
    if (valid_i) op_q <= op_i;
  end

  if (ProdWidth <= AccWidth) begin : gen_fits
    always_ff @(posedge clk_i) begin
      if (valid_i && second_i) product_q <= AccWidth'(product);
    end

    assign overflow_o = 1'b0;
  end else begin : gen_check
    logic signed [AccWidth-1:0] reduced;
    logic                       overflow, overflow_q;

    npu_overflow #(
      .InWidth  ( ProdWidth   ),
      .OutWidth ( AccWidth    ),
      .Mode     ( AccOverflow ),
      .WrapBits ( AccWrapBits )
    ) u_overflow (
      .value_i    ( product  ),
      .value_o    ( reduced  ),
      .overflow_o ( overflow )
    );

    always_ff @(posedge clk_i) begin
      if (valid_i && second_i) product_q <= reduced;
      overflow_q <= valid_i && second_i && !add_i && overflow;
    end

    assign overflow_o = overflow_q;
  end

  // add
  logic signed [AccWidth-1:0] shifted;
  logic [AccWidth-1:0]        scaled, scaled_q;

  assign shifted = AccWidth'(op_i) <<< LeftShift;

  npu_requant #(
    .AccWidth   ( AccWidth   ),
    .MultWidth  ( MultWidth  ),
    .ShiftWidth ( ShiftWidth ),
    .ActWidth   ( AccWidth   ),
    .Rounding   ( Rounding   )
  ) u_scale (
    .clk_i          ( clk_i                       ),
    .valid_i        ( valid_i && add_i            ),
    .later_i        ( later_i                     ),
    .double_round_i ( double_round_i              ),
    .acc_i          ( shifted                     ),
    .mult_i         ( mult_i                      ),
    .shift_i        ( shift_i                     ),
    .out_zp_i       ( {(AccWidth+1){1'b0}}        ),
    .act_min_i      ( (AccWidth+1)'(MinValue)     ),
    .act_max_i      ( (AccWidth+1)'(MaxValue)     ),
    .data_o         ( scaled                      )
  );

  always_ff @(posedge clk_i) scaled_q <= scaled;

  assign result_o = add_i ? $signed(scaled_q + scaled) : product_q;

endmodule
