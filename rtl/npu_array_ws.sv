// Weight-stationary array: rows are steps of the reduction, columns are output channels.
//
//                    sum_i (bias or the buffer's)
//                      |       |
//   act row 0 ------- PE ---- PE ---     operands are registered at the edge and broadcast
//   act row 1 -[1]--- PE ---- PE ---     along the row; row r is r cycles late ([r]), so that
//   act row 2 -[2]--- PE ---- PE ---     sums meet their operands on the way down
//                      |       |
//                    sum_o, Rows cycles behind sum_i
//
// Weights enter by one row a cycle, in step with the wave: row r's weight of the next tile is
// stored in the very cycle after the last operand of this tile passed. So no shadow copy exists.
//
// Timing: act_i in cycle t, weight_i/load_i of row r in cycle t-1+r or before (and after the
// last act_i of the old tile), sum_i in cycle t+1, sum_o in cycle t+1+Rows.
// It does not know which sums are real: count_o is to be taken with a real sum_o only.
module npu_array_ws #(
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

  input  logic [Rows-1:0]                   load_i,    // one-hot: the row that weight_i is for
  input  logic [Cols*Lanes*WeightStore-1:0] weight_i,
  input  logic [Rows*Lanes*ActStore-1:0]    act_i,
  input  logic [Cols*AccStore-1:0]          sum_i,

  output logic [Cols*AccStore-1:0]          sum_o,
  output logic [TotalWidth-1:0]             count_o    // overflow events of the whole vector
);

  localparam int ActRow     = Lanes * ActStore;
  localparam int WeightCol  = Lanes * WeightStore;
  localparam int CountWidth = $clog2(Rows + 1);

  // The edge.
  logic [Rows-1:0]           load_q;
  logic [Cols*WeightCol-1:0] weight_q;

  always_ff @(posedge clk_i) begin
    load_q <= load_i;
    if (|load_i) weight_q <= weight_i;
  end

  // Stage d of the skew holds rows d and up, row d lowest.
  for (genvar d = 0; d < Rows; d++) begin : gen_skew
    logic [(Rows-d)*ActRow-1:0] act_q;

    if (d == 0) begin : gen_edge
      always_ff @(posedge clk_i) act_q <= act_i;
    end else begin : gen_delay
      always_ff @(posedge clk_i) act_q <= gen_skew[d-1].act_q[(Rows-d+1)*ActRow-1:ActRow];
    end
  end

  // The rows: weights stay, sums and counts go down.
  for (genvar r = 0; r < Rows; r++) begin : gen_row
    logic [Cols*WeightCol-1:0] row_weight_q;

    always_ff @(posedge clk_i) begin
      if (load_q[r]) row_weight_q <= weight_q;
    end

    for (genvar c = 0; c < Cols; c++) begin : gen_col
      logic signed [AccStore-1:0] sum_in, sum;
      logic [CountWidth-1:0]      count_in, count;

      if (r == 0) begin : gen_top
        assign sum_in   = $signed(sum_i[c*AccStore +: AccStore]);
        assign count_in = '0;
      end else begin : gen_down
        assign sum_in   = gen_row[r-1].gen_col[c].sum;
        assign count_in = gen_row[r-1].gen_col[c].count;
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
        .CountWidth      ( CountWidth      )
      ) u_pe (
        .clk_i    ( clk_i                                  ),
        .first_i  ( 1'b0                                   ),
        .valid_i  ( 1'b1                                   ),
        .clear_i  ( 1'b0                                   ),
        .act_i    ( gen_skew[r].act_q[ActRow-1:0]          ),
        .weight_i ( row_weight_q[c*WeightCol +: WeightCol] ),
        .init_i   ( {AccStore{1'b0}}                       ),
        .sum_i    ( sum_in                                 ),
        .count_i  ( count_in                               ),
        .sum_o    ( sum                                    ),
        .count_o  ( count                                  )
      );
    end
  end

  logic [CountWidth-1:0] counts [Cols];

  for (genvar c = 0; c < Cols; c++) begin : gen_end
    assign sum_o[c*AccStore +: AccStore] = gen_row[Rows-1].gen_col[c].sum;
    assign counts[c]                     = gen_row[Rows-1].gen_col[c].count;
  end

  always_comb begin
    count_o = '0;
    for (int c = 0; c < Cols; c++) begin
      count_o = count_o + TotalWidth'(counts[c]);
    end
  end

endmodule
