// npu_product: the code of OutWidth bits is the reduced value of whatever number is the rounding
// of prod / 2^Drop. The solver chooses that number freely; the definition leaves it one choice.
module prove_product #(
  parameter int InWidth  = 12,
  parameter int OutWidth = 6,
  parameter int Drop     = 3,
  parameter int Rounding = 0,
  parameter int Overflow = 0
) (
  input  logic signed [InWidth-1:0] value_i,
  input  logic signed [InWidth:0]   rounded_i,

  output logic                      bad_o
);

  localparam int Width = ((InWidth > OutWidth) ? InWidth : OutWidth) + Drop + 4;

  logic signed [OutWidth-1:0] code;
  logic signed [Width-1:0]    expected;
  logic                       holds;
  logic                       unused;

  npu_product #(
    .InWidth  ( InWidth  ),
    .OutWidth ( OutWidth ),
    .Drop     ( Drop     ),
    .Rounding ( Rounding ),
    .Overflow ( Overflow )
  ) u_product (
    .prod_i ( value_i ),
    .prod_o ( code    )
  );

  ref_rounded #(
    .Mode  ( Rounding ),
    .Width ( Width    )
  ) u_rounded (
    .value_i ( Width'(value_i)   ),
    .code_i  ( Width'(rounded_i) ),
    .drop_i  ( 6'(Drop)          ),
    .holds_o ( holds             )
  );

  ref_reduced #(
    .OutWidth ( OutWidth ),
    .Mode     ( Overflow ),
    .Width    ( Width    )
  ) u_reduced (
    .value_i ( Width'(rounded_i) ),
    .code_o  ( expected          ),
    .event_o ( unused            )
  );

  assign bad_o = holds && Width'(code) != expected;

endmodule
