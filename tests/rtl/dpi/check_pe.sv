// Bound to npu_pe: each clock edge is one fx_mac. It compares the registers at the next edge, and
// says so when the inputs are such as the array never gives.
module check_pe #(
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
  parameter int ActStore        = 9,
  parameter int WeightStore     = 8,
  parameter int AccStore        = 32,
  parameter int CountWidth      = 5
) (
  input logic                         clk_i,
  input logic                         first_i,
  input logic                         valid_i,
  input logic                         clear_i,
  input logic [Lanes*ActStore-1:0]    act_i,
  input logic [Lanes*WeightStore-1:0] weight_i,
  input logic signed [AccStore-1:0]   init_i,
  input logic signed [AccStore-1:0]   sum_i,
  input logic [CountWidth-1:0]        count_i,
  input logic signed [AccStore-1:0]   sum_o,
  input logic [CountWidth-1:0]        count_o
);

  import fx_dpi_pkg::*;

  logic                         known_q = 1'b0;
  logic signed [AccStore-1:0]   sum_expected_q;
  logic [CountWidth-1:0]        count_expected_q;

  // The step that is being compared.
  logic signed [AccStore-1:0]   old, old_q;
  logic [Lanes*ActStore-1:0]    act_q;
  logic [Lanes*WeightStore-1:0] weight_q;
  logic [CountWidth-1:0]        count_q;
  logic                         valid_q, clear_q;

  assign old = first_i ? init_i : sum_i;

  always_ff @(posedge clk_i) begin
    automatic bit over, legal;

    if (known_q && (sum_o != sum_expected_q || count_o != count_expected_q)) begin
      if (fx_dpi_first()) begin
        $error("%m: old %0d act %h weight %h count %0d valid %0d clear %0d: sum %0d count %0d, fx_mac %0d count %0d, seed %0d",
               old_q, act_q, weight_q, count_q, valid_q, clear_q, sum_o, count_o, sum_expected_q,
               count_expected_q, fx_dpi_seed());
      end
    end

    for (int l = 0; l < Lanes; l++) begin
      fx_dpi_operands(l, 32'($signed(act_i[l*ActStore +: ActStore])),
                      32'($signed(weight_i[l*WeightStore +: WeightStore])));
    end
    legal = fx_dpi_legal(64'(old), Lanes, ActOpWidth, WeightOpWidth, AccWidth, AccOverflow);
    if (legal) begin
      sum_expected_q <= AccStore'(fx_dpi_mac(64'(old), Lanes, ProductWidth, ProductDrop,
                                             ProductRounding, ProductOverflow, AccWidth,
                                             AccOverflow, AccWrapBits, over));
      count_expected_q <= clear_i ? '0 : count_i + CountWidth'(over & valid_i);
    end else begin
      if (fx_dpi_first()) begin
        $error("%m: not a step of the array: old %0d act %h weight %h, seed %0d",
               old, act_i, weight_i, fx_dpi_seed());
      end
    end

    known_q  <= legal;
    old_q    <= old;
    act_q    <= act_i;
    weight_q <= weight_i;
    count_q  <= count_i;
    valid_q  <= valid_i;
    clear_q  <= clear_i;
  end

endmodule
