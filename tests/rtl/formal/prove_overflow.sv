// npu_overflow against its meaning, for every value of InWidth bits and every WrapBits from First
// to Last.
module prove_overflow #(
  parameter int InWidth  = 12,
  parameter int OutWidth = 8,
  parameter int Mode     = 0,
  parameter int First    = 0,
  parameter int Last     = 0
) (
  input  logic signed [InWidth-1:0] value_i,

  output logic                      bad_o
);

  localparam int Width = ((InWidth > OutWidth) ? InWidth : OutWidth) + 3;

  logic [Last:First] bad;

  for (genvar n = First; n <= Last; n++) begin : gen_wrap_bits
    logic signed [OutWidth-1:0] code;
    logic signed [Width-1:0]    expected;
    logic                       over, event_expected;

    npu_overflow #(
      .InWidth  ( InWidth  ),
      .OutWidth ( OutWidth ),
      .Mode     ( Mode     ),
      .WrapBits ( n        )
    ) u_overflow (
      .value_i    ( value_i ),
      .value_o    ( code    ),
      .overflow_o ( over    )
    );

    ref_reduced #(
      .OutWidth ( OutWidth ),
      .Mode     ( Mode     ),
      .WrapBits ( n        ),
      .Width    ( Width    )
    ) u_reference (
      .value_i ( Width'(value_i) ),
      .code_o  ( expected        ),
      .event_o ( event_expected  )
    );

    assign bad[n] = (Width'(code) != expected) || (over != event_expected);
  end

  assign bad_o = |bad;

endmodule
