// npu_product without its overflow, that is the shift and npu_round_inc, against the definition of
// each rounding: for every value of InWidth bits and every Drop from First to Last.
module prove_round #(
  parameter int InWidth  = 8,
  parameter int Rounding = 0,
  parameter int First    = 0,
  parameter int Last     = 10
) (
  input  logic signed [InWidth-1:0] value_i,

  output logic                      bad_o
);

  localparam int OutWidth = InWidth + 1;       // so that nothing overflows
  localparam int Width    = InWidth + Last + 3;

  logic [Last:First] bad;

  for (genvar d = First; d <= Last; d++) begin : gen_drop
    logic signed [OutWidth-1:0] code;
    logic                       holds;

    npu_product #(
      .InWidth  ( InWidth  ),
      .OutWidth ( OutWidth ),
      .Drop     ( d        ),
      .Rounding ( Rounding )
    ) u_product (
      .prod_i ( value_i ),
      .prod_o ( code    )
    );

    ref_rounded #(
      .Mode  ( Rounding ),
      .Width ( Width    )
    ) u_reference (
      .value_i ( Width'(value_i) ),
      .code_i  ( Width'(code)    ),
      .drop_i  ( 6'(d)           ),
      .holds_o ( holds           )
    );

    assign bad[d] = !holds;
  end

  assign bad_o = |bad;

endmodule
