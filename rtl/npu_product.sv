// The product of one lane, narrowed: prod >>> Drop rounded, then reduced to OutWidth bits.
// Combinational. Its overflows are not events of the layer: only the accumulator's are counted.
module npu_product #(
  parameter int InWidth  = 16,
  parameter int OutWidth = 12,
  parameter int Drop     = 4,
  parameter int Rounding = 0,
  parameter int Overflow = 0
) (
  input  logic signed [InWidth-1:0]  prod_i,

  output logic signed [OutWidth-1:0] prod_o
);

  // Wide enough for every dropped bit to exist and for the increment to fit.
  localparam int Width = ((InWidth > Drop) ? InWidth : Drop + 1) + 1;

  logic signed [Width-1:0] prod;
  logic signed [Width-1:0] rounded;

  assign prod = Width'(prod_i);

  if (Drop == 0) begin : gen_exact
    assign rounded = prod;
  end else begin : gen_round
    logic sticky;
    logic inc;

    if (Drop > 1) begin : gen_sticky
      assign sticky = |prod[Drop-2:0];
    end else begin : gen_no_sticky
      assign sticky = 1'b0;
    end

    npu_round_inc #(
      .Mode ( Rounding )
    ) u_round_inc (
      .neg_i    ( prod[Width-1] ),
      .lsb_i    ( prod[Drop]    ),
      .half_i   ( prod[Drop-1]  ),
      .sticky_i ( sticky        ),
      .inc_o    ( inc           )
    );

    assign rounded = (prod >>> Drop) + $signed(Width'({1'b0, inc}));
  end

  npu_overflow #(
    .InWidth  ( Width    ),
    .OutWidth ( OutWidth ),
    .Mode     ( Overflow )
  ) u_overflow (
    .value_i    ( rounded ),
    .value_o    ( prod_o  ),
    .overflow_o (         )
  );

endmodule
