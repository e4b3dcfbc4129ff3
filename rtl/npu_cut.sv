// A segment at a position: what of it lies inside the image, where in memory, and which elements
// of the chunk it fills. Combinational. It does not read.
//
//   image row     0 .................... row_size
//            x0 |--cut--|== wanted ==|            (likewise at the right end)
module npu_cut #(
  parameter int Chunk      = 16,
  parameter int Banks      = 16,
  parameter int SpanWidth  = 20,
  // derived: do not set
  parameter int PlaceWidth = $clog2(Chunk + 1),
  parameter int BankWidth  = $clog2(Banks)
) (
  input  logic                        valid_i,

  input  logic [15:0]                 cfg_in_h_i,
  input  logic signed [SpanWidth-1:0] cfg_row_size_i,  // elements of an image row

  input  logic signed [17:0]          window_y_i,      // the window's first tap
  input  logic signed [SpanWidth-1:0] window_x_i,      // in elements
  input  logic signed [SpanWidth-1:0] window_addr_i,

  input  logic [15:0]                 row_i,           // the segment, as npu_segments
  input  logic signed [SpanWidth-1:0] x_i,
  input  logic signed [SpanWidth-1:0] addr_i,
  input  logic [PlaceWidth-1:0]       place_i,
  input  logic [PlaceWidth-1:0]       length_i,

  output logic                        wanted_o,        // some of it is inside
  output logic signed [SpanWidth-1:0] first_o,         // address of the first element inside
  output logic signed [SpanWidth-1:0] end_o,           // behind the last
  output logic [Chunk-1:0]            mask_o,          // elements of the chunk
  output logic [BankWidth-1:0]        turn_o           // bank of the chunk's element 0
);

  logic signed [17:0]          y;
  logic signed [SpanWidth-1:0] x, x_end, addr, length;
  logic [PlaceWidth-1:0]       low, high;
  logic                        in_row, left, right;

  assign y      = window_y_i + $signed({2'b00, row_i});
  assign in_row = (y >= 18'sd0) && (y < $signed({2'b00, cfg_in_h_i}));

  assign length = $signed(SpanWidth'({1'b0, length_i}));
  assign x      = window_x_i + x_i;
  assign x_end  = x + length;
  assign left   = x[SpanWidth-1];
  assign right  = (x_end > cfg_row_size_i);
  assign addr   = window_addr_i + addr_i;

  assign wanted_o = valid_i && in_row && (x < cfg_row_size_i) && !x_end[SpanWidth-1] && (x_end != '0);
  assign first_o  = left ? addr - x : addr;
  assign end_o    = right ? addr + cfg_row_size_i - x : addr + length;
  assign low      = left ? place_i - PlaceWidth'(x) : place_i;
  assign high     = right ? place_i + PlaceWidth'(cfg_row_size_i - x) : place_i + length_i;
  assign mask_o   = wanted_o ? ~({Chunk{1'b1}} << high) & ({Chunk{1'b1}} << low) : '0;
  assign turn_o   = BankWidth'(addr) - BankWidth'(place_i);

endmodule
