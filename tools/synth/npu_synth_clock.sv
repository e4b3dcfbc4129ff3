// For a clock estimate alone: the array between registers. Operands come from one shift register,
// results go into another, so that three pins are enough on any part; the paths that are timed are
// the array's.
module npu_synth_clock (
  input  logic clk_i,
  input  logic data_i,
  output logic data_o
);

  localparam int ActWidth    = npu_pkg::ActWidth + 1;
  localparam int WeightWidth = (npu_pkg::WeightWidth == 1) ? 2 :
                               (npu_pkg::WeightZeroPoint != 0) ? npu_pkg::WeightWidth + 1 :
                                                                 npu_pkg::WeightWidth;
  localparam int Acts    = npu_pkg::Rows * npu_pkg::Lanes * ActWidth;
  localparam int Weights = npu_pkg::Cols * npu_pkg::Lanes * WeightWidth;
  localparam int Sums    = npu_pkg::Cols * npu_pkg::AccWidth;
  localparam int Rows    = npu_pkg::Rows;
  localparam int Count   = $clog2(npu_pkg::Rows * npu_pkg::Cols + 1);
  localparam int InBits  = Acts + Weights + Sums + Rows + 4;
  localparam int OutBits = Sums + Count;

  logic [InBits-1:0]  in_q;
  logic [OutBits-1:0] out, out_q;
  logic               turn_q;

  always_ff @(posedge clk_i) begin
    in_q   <= {in_q[InBits-2:0], data_i};
    turn_q <= in_q[InBits-1];
    out_q  <= turn_q ? out : {out_q[OutBits-2:0], 1'b0};
  end

  assign data_o = out_q[OutBits-1];

  if (npu_pkg::Dataflow == 0) begin : gen_ws
    npu_array_ws #(
      .Rows            ( Rows                     ),
      .Cols            ( npu_pkg::Cols            ),
      .Lanes           ( npu_pkg::Lanes           ),
      .ActOpWidth      ( ActWidth                 ),
      .WeightOpWidth   ( WeightWidth              ),
      .ProductWidth    ( npu_pkg::ProductWidth    ),
      .ProductDrop     ( npu_pkg::ProductDrop     ),
      .ProductRounding ( npu_pkg::ProductRounding ),
      .ProductOverflow ( npu_pkg::ProductOverflow ),
      .AccWidth        ( npu_pkg::AccWidth        ),
      .AccOverflow     ( npu_pkg::AccOverflow     ),
      .AccWrapBits     ( npu_pkg::AccWrapBits     )
    ) u_array (
      .clk_i    ( clk_i                          ),
      .load_i   ( in_q[0 +: Rows]                ),
      .act_i    ( in_q[Rows +: Acts]             ),
      .weight_i ( in_q[Rows+Acts +: Weights]     ),
      .sum_i    ( in_q[Rows+Acts+Weights +: Sums] ),
      .sum_o    ( out[0 +: Sums]                 ),
      .count_o  ( out[Sums +: Count]             )
    );
  end else begin : gen_os
    npu_array_os #(
      .Rows            ( Rows                     ),
      .Cols            ( npu_pkg::Cols            ),
      .Lanes           ( npu_pkg::Lanes           ),
      .ActOpWidth      ( ActWidth                 ),
      .WeightOpWidth   ( WeightWidth              ),
      .ProductWidth    ( npu_pkg::ProductWidth    ),
      .ProductDrop     ( npu_pkg::ProductDrop     ),
      .ProductRounding ( npu_pkg::ProductRounding ),
      .ProductOverflow ( npu_pkg::ProductOverflow ),
      .AccWidth        ( npu_pkg::AccWidth        ),
      .AccOverflow     ( npu_pkg::AccOverflow     ),
      .AccWrapBits     ( npu_pkg::AccWrapBits     )
    ) u_array (
      .clk_i     ( clk_i                           ),
      .valid_i   ( in_q[0 +: Rows]                 ),
      .act_i     ( in_q[Rows +: Acts]              ),
      .weight_i  ( in_q[Rows+Acts +: Weights]      ),
      .bias_i    ( in_q[Rows+Acts+Weights +: Sums] ),
      .first_i   ( in_q[Rows+Acts+Weights+Sums]    ),
      .clear_i   ( in_q[Rows+Acts+Weights+Sums+1]  ),
      .capture_i ( in_q[Rows+Acts+Weights+Sums+2]  ),
      .shift_i   ( in_q[Rows+Acts+Weights+Sums+3]  ),
      .drain_o   ( out[0 +: Sums]                  ),
      .count_o   ( out[Sums +: Count]              )
    );
  end

endmodule
