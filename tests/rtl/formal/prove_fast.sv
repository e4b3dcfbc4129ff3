// npu_pe's branch-free path against its general one (npu_pe_plain: the same file, the choice
// taken away), both with registers as wires. Sums and operands as in prove_pe.
module prove_fast #(
  parameter int Lanes         = 1,
  parameter int ActOpWidth    = 9,
  parameter int WeightOpWidth = 8,
  parameter int AccWidth      = 24,
  parameter int AccOverflow   = 0,
  parameter int SimWidth      = 0
) (
  input  logic                           first_i,
  input  logic                           valid_i,
  input  logic                           clear_i,
  input  logic [Lanes*ActOpWidth-1:0]    act_i,
  input  logic [Lanes*WeightOpWidth-1:0] weight_i,
  input  logic signed [AccWidth-1:0]     init_i,
  input  logic signed [AccWidth-1:0]     sum_i,
  input  logic [2:0]                     count_i,

  output logic                           bad_o
);

  localparam int ActStore    = (SimWidth > ActOpWidth) ? SimWidth : ActOpWidth;
  localparam int WeightStore = (SimWidth > WeightOpWidth) ? SimWidth : WeightOpWidth;
  localparam int AccStore    = (SimWidth > AccWidth) ? SimWidth : AccWidth;

  logic [Lanes*ActStore-1:0]    act;
  logic [Lanes*WeightStore-1:0] weight;
  logic [Lanes-1:0]             lowest;
  logic signed [AccStore-1:0]   fast, plain;
  logic [2:0]                   fast_count, plain_count;

  for (genvar l = 0; l < Lanes; l++) begin : gen_lane
    logic signed [ActOpWidth-1:0]    a;
    logic signed [WeightOpWidth-1:0] w;

    assign a         = $signed(act_i[l*ActOpWidth +: ActOpWidth]);
    assign w         = $signed(weight_i[l*WeightOpWidth +: WeightOpWidth]);
    assign lowest[l] = a == $signed({1'b1, {(ActOpWidth-1){1'b0}}});

    assign act[l*ActStore +: ActStore]          = ActStore'(a);
    assign weight[l*WeightStore +: WeightStore] = WeightStore'(w);
  end

  npu_pe #(
    .Lanes         ( Lanes         ),
    .ActOpWidth    ( ActOpWidth    ),
    .WeightOpWidth ( WeightOpWidth ),
    .AccWidth      ( AccWidth      ),
    .AccOverflow   ( AccOverflow   ),
    .SimWidth      ( SimWidth      ),
    .CountWidth    ( 3             )
  ) u_fast (
    .clk_i    ( 1'b0              ),
    .first_i  ( first_i           ),
    .valid_i  ( valid_i           ),
    .clear_i  ( clear_i           ),
    .act_i    ( act               ),
    .weight_i ( weight            ),
    .init_i   ( AccStore'(init_i) ),
    .sum_i    ( AccStore'(sum_i)  ),
    .count_i  ( count_i           ),
    .sum_o    ( fast              ),
    .count_o  ( fast_count        )
  );

  npu_pe_plain #(
    .Lanes         ( Lanes         ),
    .ActOpWidth    ( ActOpWidth    ),
    .WeightOpWidth ( WeightOpWidth ),
    .AccWidth      ( AccWidth      ),
    .AccOverflow   ( AccOverflow   ),
    .SimWidth      ( SimWidth      ),
    .CountWidth    ( 3             )
  ) u_plain (
    .clk_i    ( 1'b0              ),
    .first_i  ( first_i           ),
    .valid_i  ( valid_i           ),
    .clear_i  ( clear_i           ),
    .act_i    ( act               ),
    .weight_i ( weight            ),
    .init_i   ( AccStore'(init_i) ),
    .sum_i    ( AccStore'(sum_i)  ),
    .count_i  ( count_i           ),
    .sum_o    ( plain             ),
    .count_o  ( plain_count       )
  );

  assign bad_o = !(|lowest) && (fast != plain || fast_count != plain_count);

endmodule
