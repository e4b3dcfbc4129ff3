// Output-stationary array: rows are output positions, columns are output channels.
//
//              weight col 0   weight col 1     operands are registered at the edge and
//                      |       |               broadcast along rows and columns; every PE
//   act row 0 ------- PE ---- PE ---           works on the same step in the same cycle
//   act row 1 ------- PE ---- PE ---
//                      ^       ^
//   finished sums and overflow counts move up and leave from row 0
//
// Timing: act_i and weight_i in cycle t; bias_i, first_i and valid_i in cycle t+1; the sum after
// that step stands in cycle t+2. capture_i in the cycle in which the finished sum stands; drain_o
// is row 0 in the next cycle, row j after j shift_i.
// It does not know how many steps a sum has, nor which columns are used.
module npu_array_os #(
  parameter int Rows            = 4,
  parameter int Cols            = 4,
  parameter int Lanes           = 1,
  parameter int ActOpWidth      = 9,
  parameter int WeightOpWidth   = 8,
  parameter int ProductWidth    = 0,
  parameter int ProductDrop     = 0,
  parameter int ProductRounding = 0,
  parameter int ProductOverflow = 0,
  parameter int AccWidth        = 32,
  parameter int AccOverflow     = 0,
  parameter int AccWrapBits     = 0,
  parameter int SimWidth        = 0,
  // derived: do not set
  parameter int ActStore    = (SimWidth > ActOpWidth) ? SimWidth : ActOpWidth,
  parameter int WeightStore = (SimWidth > WeightOpWidth) ? SimWidth : WeightOpWidth,
  parameter int AccStore    = (SimWidth > AccWidth) ? SimWidth : AccWidth,
  parameter int TotalWidth  = $clog2(Rows * Cols + 1)
) (
  input  logic                              clk_i,

  input  logic                              first_i,
  input  logic [Rows-1:0]                   valid_i,    // rows whose step is a real one
  input  logic                              clear_i,
  input  logic                              capture_i,
  input  logic                              shift_i,
  input  logic [Cols*Lanes*WeightStore-1:0] weight_i,
  input  logic [Rows*Lanes*ActStore-1:0]    act_i,
  input  logic [Cols*AccStore-1:0]          bias_i,

  output logic [Cols*AccStore-1:0]          drain_o,
  output logic [TotalWidth-1:0]             count_o     // overflow events, each row r cycles late
);

  localparam int ActRow     = Lanes * ActStore;
  localparam int WeightCol  = Lanes * WeightStore;
  localparam int CountWidth = $clog2(Rows + 1);

  // The edge.
  logic [Rows*ActRow-1:0]    act_q;
  logic [Cols*WeightCol-1:0] weight_q;

  always_ff @(posedge clk_i) begin
    act_q    <= act_i;
    weight_q <= weight_i;
  end

  // One gate for all rows, as the PEs want it.
  logic [Cols*AccStore-1:0] init;

  assign init = bias_i & {(Cols*AccStore){first_i}};

  // The rows: sums stay, counts go up.
  for (genvar r = 0; r < Rows; r++) begin : gen_row
    logic [Cols*AccStore-1:0] sums;

    for (genvar c = 0; c < Cols; c++) begin : gen_col
      logic signed [AccStore-1:0] sum;
      logic [CountWidth-1:0]      count_in, count;

      if (r == Rows - 1) begin : gen_bottom
        assign count_in = '0;
      end else begin : gen_up
        assign count_in = gen_row[r+1].gen_col[c].count;
      end

      npu_pe #(
        .Lanes           ( Lanes           ),
        .ActOpWidth      ( ActOpWidth      ),
        .WeightOpWidth   ( WeightOpWidth   ),
        .ProductWidth    ( ProductWidth    ),
        .ProductDrop     ( ProductDrop     ),
        .ProductRounding ( ProductRounding ),
        .ProductOverflow ( ProductOverflow ),
        .AccWidth        ( AccWidth        ),
        .AccOverflow     ( AccOverflow     ),
        .AccWrapBits     ( AccWrapBits     ),
        .SimWidth        ( SimWidth        ),
        .CountWidth      ( CountWidth      ),
        .Own             ( 1               )
      ) u_pe (
        .clk_i    ( clk_i                                   ),
        .first_i  ( first_i                                 ),
        .valid_i  ( valid_i[r]                              ),
        .clear_i  ( clear_i                                 ),
        .act_i    ( act_q[r*ActRow +: ActRow]               ),
        .weight_i ( weight_q[c*WeightCol +: WeightCol]      ),
        .init_i   ( $signed(init[c*AccStore +: AccStore])   ),
        .sum_i    ( {AccStore{1'b0}}                        ),
        .count_i  ( count_in                                ),
        .sum_o    ( sum                                     ),
        .count_o  ( count                                   )
      );

      assign sums[c*AccStore +: AccStore] = sum;
    end
  end

  // The copies: captured in parallel, shifted up.
  for (genvar r = 0; r < Rows; r++) begin : gen_drain
    logic [Cols*AccStore-1:0] drain_q;

    if (r == Rows - 1) begin : gen_bottom
      always_ff @(posedge clk_i) begin
        if (capture_i) drain_q <= gen_row[r].sums;
      end
    end else begin : gen_up
      always_ff @(posedge clk_i) begin
        if (capture_i) drain_q <= gen_row[r].sums;
        else if (shift_i) drain_q <= gen_drain[r+1].drain_q;
      end
    end
  end

  assign drain_o = gen_drain[0].drain_q;

  logic [CountWidth-1:0] counts [Cols];

  for (genvar c = 0; c < Cols; c++) begin : gen_end
    assign counts[c] = gen_row[0].gen_col[c].count;
  end

  always_comb begin
    count_o = '0;
    for (int c = 0; c < Cols; c++) begin
      count_o = count_o + TotalWidth'(counts[c]);
    end
  end

endmodule
