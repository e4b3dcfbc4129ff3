// One window of the gather: Banks elements of memory from base on, kept in bank order, for one
// segment of the chunk at hand.
//
//   cycle t    the segment at this position: outside, in the window, or missing (miss_o); read_i
//              says that it is read now
//   cycle t+1  rdata_i goes into the window and past it; data_o, mask_o: its part of the chunk
//
// It does not choose who reads.
module npu_way #(
  parameter int Chunk      = 16,
  parameter int Banks      = 16,
  parameter int ActWidth   = 8,
  parameter int SpanWidth  = 20,
  // derived: do not set
  parameter int PlaceWidth = $clog2(Chunk + 1),
  parameter int BankWidth  = $clog2(Banks)
) (
  input  logic                        clk_i,

  input  logic                        clear_i,   // the window is empty
  input  logic                        step_i,    // this cycle counts
  input  logic                        read_i,
  input  logic                        valid_i,   // there is such a segment

  input  logic [15:0]                 cfg_in_h_i,
  input  logic signed [SpanWidth-1:0] cfg_row_size_i,

  input  logic signed [17:0]          window_y_i,
  input  logic signed [SpanWidth-1:0] window_x_i,
  input  logic signed [SpanWidth-1:0] window_addr_i,
  input  logic [15:0]                 row_i,
  input  logic signed [SpanWidth-1:0] x_i,
  input  logic signed [SpanWidth-1:0] addr_i,
  input  logic [PlaceWidth-1:0]       place_i,
  input  logic [PlaceWidth-1:0]       length_i,

  output logic                        miss_o,
  output logic signed [SpanWidth-1:0] first_o,

  input  logic [Banks*ActWidth-1:0]   rdata_i,
  output logic [Chunk-1:0]            mask_o,
  output logic [Chunk*ActWidth-1:0]   data_o
);

  logic                        wanted, hit;
  logic signed [SpanWidth-1:0] stop;
  logic [Chunk-1:0]            mask;
  logic [BankWidth-1:0]        turn;

  logic                        filled_q;
  logic signed [SpanWidth-1:0] base_q;
  logic                        fresh_q;
  logic [Chunk-1:0]            mask_q;
  logic [BankWidth-1:0]        turn_q;
  logic [Banks*ActWidth-1:0]   window, window_q;
  logic [2*Banks*ActWidth-1:0] around;

  npu_cut #(
    .Chunk     ( Chunk     ),
    .Banks     ( Banks     ),
    .SpanWidth ( SpanWidth )
  ) u_cut (
    .valid_i        ( valid_i        ),
    .cfg_in_h_i     ( cfg_in_h_i     ),
    .cfg_row_size_i ( cfg_row_size_i ),
    .window_y_i     ( window_y_i     ),
    .window_x_i     ( window_x_i     ),
    .window_addr_i  ( window_addr_i  ),
    .row_i          ( row_i          ),
    .x_i            ( x_i            ),
    .addr_i         ( addr_i         ),
    .place_i        ( place_i        ),
    .length_i       ( length_i       ),
    .wanted_o       ( wanted         ),
    .first_o        ( first_o        ),
    .end_o          ( stop           ),
    .mask_o         ( mask           ),
    .turn_o         ( turn           )
  );

  assign hit    = filled_q && (first_o >= base_q) && (stop <= base_q + SpanWidth'(Banks));
  assign miss_o = wanted && !hit;

  always_ff @(posedge clk_i) begin
    if (clear_i) begin
      filled_q <= 1'b0;
    end else if (read_i) begin
      filled_q <= 1'b1;
      base_q   <= first_o;
    end
    fresh_q <= read_i;
    if (step_i) begin
      mask_q <= mask;
      turn_q <= turn;
    end
    if (fresh_q) window_q <= rdata_i;
  end

  assign window = fresh_q ? rdata_i : window_q;
  assign around = {window, window};
  assign mask_o = mask_q;
  assign data_o = around[32'(turn_q)*ActWidth +: Chunk*ActWidth];

endmodule
