// Walks the segments of a window: pieces of runs (contiguous elements of a window row, or of a
// pixel when the kernel is dilated in x), cut where a chunk of Chunk elements ends.
//
//   run  |<------- run_i ------->|<------- run_i ------->| ...
//        | segment | segment     | segment |  ...
//   chunk ---------|-------------------------|-----------
//
// The segment at hand stands at the outputs; next_i goes to the following one, after the last
// back to the first. It does not know positions, so its places are relative to the window's.
module npu_segments #(
  parameter int Chunk      = 16,
  parameter int SpanWidth  = 20,  // signed elements
  // derived: do not set
  parameter int PlaceWidth = $clog2(Chunk + 1),
  parameter int StateWidth = 2 * 16 + 16 + 3 * SpanWidth + PlaceWidth
) (
  input  logic                        clk_i,

  input  logic                        clear_i,      // to the first segment
  input  logic                        load_i,       // to state_i
  input  logic                        next_i,

  input  logic [15:0]                 cfg_kernel_h_i,
  input  logic [15:0]                 cfg_runs_i,      // runs of a kernel row
  input  logic [15:0]                 cfg_dilation_y_i,
  input  logic signed [SpanWidth-1:0] cfg_run_i,
  input  logic signed [SpanWidth-1:0] cfg_step_ky_i,
  input  logic signed [SpanWidth-1:0] cfg_step_kx_i,

  input  logic [StateWidth-1:0]       state_i,
  output logic [StateWidth-1:0]       state_o,

  output logic [15:0]                 row_o,        // image rows below the window's first
  output logic signed [SpanWidth-1:0] x_o,          // elements right of the window's first
  output logic signed [SpanWidth-1:0] addr_o,       // elements behind the window's first
  output logic [PlaceWidth-1:0]       place_o,      // first element of the chunk
  output logic [PlaceWidth-1:0]       length_o,
  output logic                        chunk_end_o,  // last segment of its chunk
  output logic                        final_o       // and of the window
);

  logic [15:0]                 ky_q, kx_q, row_q;
  logic signed [SpanWidth-1:0] offset_q;   // in the run
  logic signed [SpanWidth-1:0] run_x_q;    // of the run
  logic signed [SpanWidth-1:0] row_addr_q; // of the kernel row
  logic [PlaceWidth-1:0]       place_q;

  logic signed [SpanWidth-1:0] run_left, chunk_left;
  logic                        run_end, row_end, chunk_end;

  assign run_left   = cfg_run_i - offset_q;
  assign chunk_left = SpanWidth'(Chunk) - $signed(SpanWidth'({1'b0, place_q}));
  assign run_end    = (run_left <= chunk_left);
  assign row_end    = run_end && (kx_q == cfg_runs_i - 16'd1);
  assign final_o    = row_end && (ky_q == cfg_kernel_h_i - 16'd1);
  assign chunk_end  = final_o || (chunk_left <= run_left);

  assign row_o       = row_q;
  assign x_o         = run_x_q + offset_q;
  assign addr_o      = row_addr_q + run_x_q + offset_q;
  assign place_o     = place_q;
  assign length_o    = run_end ? PlaceWidth'(run_left) : PlaceWidth'(chunk_left);
  assign chunk_end_o = chunk_end;
  assign state_o     = {ky_q, kx_q, row_q, offset_q, run_x_q, row_addr_q, place_q};

  always_ff @(posedge clk_i) begin
    if (clear_i || (next_i && final_o && !load_i)) begin
      ky_q       <= '0;
      kx_q       <= '0;
      row_q      <= '0;
      offset_q   <= '0;
      run_x_q    <= '0;
      row_addr_q <= '0;
      place_q    <= '0;
    end else if (load_i) begin
      {ky_q, kx_q, row_q, offset_q, run_x_q, row_addr_q, place_q} <= state_i;
    end else if (next_i) begin
      place_q  <= chunk_end ? '0 : place_q + length_o;
      offset_q <= run_end ? '0 : offset_q + chunk_left;
      if (row_end) begin
        kx_q       <= '0;
        run_x_q    <= '0;
        ky_q       <= ky_q + 16'd1;
        row_q      <= row_q + cfg_dilation_y_i;
        row_addr_q <= row_addr_q + cfg_step_ky_i;
      end else if (run_end) begin
        kx_q    <= kx_q + 16'd1;
        run_x_q <= run_x_q + cfg_step_kx_i;
      end
    end
  end

endmodule
