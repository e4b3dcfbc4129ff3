// The reference itself: for every value and drop at most one code is its rounding. With
// prove_round, which shows that there is one, the definition leaves nothing open.
module prove_unique #(
  parameter int CodeWidth = 9,
  parameter int Rounding  = 0,
  parameter int Last      = 10
) (
  input  logic signed [CodeWidth-1:0] value_i,
  input  logic [5:0]                  drop_i,
  input  logic signed [CodeWidth-1:0] one_i,
  input  logic signed [CodeWidth-1:0] other_i,

  output logic                        bad_o
);

  localparam int Width = CodeWidth + Last + 3;

  logic one, other;

  ref_rounded #(
    .Mode  ( Rounding ),
    .Width ( Width    )
  ) u_one (
    .value_i ( Width'(value_i) ),
    .code_i  ( Width'(one_i)   ),
    .drop_i  ( drop_i          ),
    .holds_o ( one             )
  );

  ref_rounded #(
    .Mode  ( Rounding ),
    .Width ( Width    )
  ) u_other (
    .value_i ( Width'(value_i) ),
    .code_i  ( Width'(other_i) ),
    .drop_i  ( drop_i          ),
    .holds_o ( other           )
  );

  assign bad_o = drop_i <= Last && one && other && one_i != other_i;

endmodule
