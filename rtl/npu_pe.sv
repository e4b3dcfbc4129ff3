// One processing element: a MAC step and its registers. sum_o <= overflow(old + the lanes'
// products), one check a step, old being init_i in a first step; count_o <= count_i + whether it
// overflowed.
//
//   act  -+-> x --> (narrow) -+
//   weight+                   +--> + --> + --> overflow --> [sum_o]
//    ... Lanes of them ... ---+          ^         |
//         init_i or sum_i ---------------+         + <-- count_i
//                                                  +------> [count_o]
//
// The sum comes from above (weight stationary) or is its own (output stationary): the array
// decides, as it keeps the operands. The common modes are functions inside the clocked block:
// in this shape a compiled simulation is several times faster. For the same reason SimWidth > 0
// holds operands and sums sign-extended in that many bits; values are the same, synthesis wants 0.
module npu_pe #(
  parameter int Lanes           = 1,
  parameter int ActOpWidth      = 9,
  parameter int WeightOpWidth   = 8,
  parameter int ProductWidth    = 0,  // 0: exact
  parameter int ProductDrop     = 0,
  parameter int ProductRounding = 0,
  parameter int ProductOverflow = 0,
  parameter int AccWidth        = 32,
  parameter int AccOverflow     = 0,
  parameter int AccWrapBits     = 0,
  parameter int SimWidth        = 0,
  parameter int CountWidth      = 5,
  parameter int Own             = 0,  // 1: the sum before is sum_q, sum_i is not used
  parameter int Gated           = 0,  // 1: a step that does not count leaves the sum alone
  // derived: do not set
  parameter int ActStore    = (SimWidth > ActOpWidth) ? SimWidth : ActOpWidth,
  parameter int WeightStore = (SimWidth > WeightOpWidth) ? SimWidth : WeightOpWidth,
  parameter int AccStore    = (SimWidth > AccWidth) ? SimWidth : AccWidth
) (
  input  logic                         clk_i,

  input  logic                         first_i,  // start from init_i
  input  logic                         valid_i,  // the step counts
  input  logic                         clear_i,  // forget the count

  input  logic [Lanes*ActStore-1:0]    act_i,
  input  logic [Lanes*WeightStore-1:0] weight_i,
  input  logic signed [AccStore-1:0]   init_i,
  input  logic signed [AccStore-1:0]   sum_i,
  input  logic [CountWidth-1:0]        count_i,

  output logic signed [AccStore-1:0]   sum_o,
  output logic [CountWidth-1:0]        count_o
);

  // Zero points are codes, so |act| < 2^(ActOpWidth-1): the product has a bit to spare.
  localparam int ExactWidth = ActOpWidth + WeightOpWidth - 1;
  localparam int LaneWidth  = (ProductWidth > 0) ? ProductWidth : ExactWidth;
  localparam int DotWidth   = LaneWidth + $clog2(Lanes);
  localparam int NeedWidth  = ((DotWidth > AccWidth) ? DotWidth : AccWidth) + 1;
  // The same, as stored.
  localparam int ProdStore = (SimWidth > ExactWidth) ? SimWidth : ExactWidth;
  localparam int DotStore  = (SimWidth > DotWidth) ? SimWidth : DotWidth;

  // Modes with a branch-free form: saturate, saturate to zero, plain wrap. In AccWidth bits if
  // the addend fits them, else in storage that holds the exact sum.
  localparam bit Masked = (ProductWidth == 0) &&
                          ((AccOverflow < 2) || ((AccOverflow == 3) && (AccWrapBits == 0)));
  localparam bit Native = Masked && (AccStore == AccWidth) && (DotStore <= AccWidth);
  localparam bit Roomy  = Masked && !Native && (AccStore >= NeedWidth) && (DotStore <= AccStore);

  logic signed [AccStore-1:0] sum_q;
  logic [CountWidth-1:0]      count_q;

  logic signed [AccStore-1:0] prior;

  assign prior = (Own != 0) ? sum_q : sum_i;

  if (Native || Roomy) begin : gen_fast
    localparam logic signed [AccStore-1:0] MaxValue =
        $signed({AccStore{1'b1}} >> (AccStore - AccWidth + 1));

    function automatic signed [AccStore-1:0] dot(input [Lanes*ActStore-1:0]    act,
                                                 input [Lanes*WeightStore-1:0] weight);
      integer l;
      dot = AccStore'(ProdStore'($signed(act[ActStore-1:0])) *
                      ProdStore'($signed(weight[WeightStore-1:0])));
      for (l = 1; l < Lanes; l = l + 1) begin
        dot = dot + AccStore'(ProdStore'($signed(act[l*ActStore +: ActStore])) *
                              ProdStore'($signed(weight[l*WeightStore +: WeightStore])));
      end
    endfunction

    function automatic signed [AccStore-1:0] old(input logic                 first,
                                                 input signed [AccStore-1:0] init,
                                                 input signed [AccStore-1:0] sum);
      old = (init & {AccStore{first}}) | (sum & ~{AccStore{first}});
    endfunction

    // All ones if x + p is out of range, else zero.
    function automatic signed [AccStore-1:0] over(input signed [AccStore-1:0] x,
                                                  input signed [AccStore-1:0] p);
      logic signed [AccStore-1:0] s;
      s = x + p;
      if (Native) begin                       // both addends have the sign that s lacks
        over = ((s ^ x) & (s ^ p)) >>> (AccWidth - 1);
      end else if (DotWidth <= AccWidth) begin  // bits AccWidth and AccWidth-1 differ
        over = -((s >>> (AccWidth - 1)) ^ (s >>> (AccStore - 1)));
      end else begin
        over = {AccStore{(s >>> (AccWidth - 1)) != (s >>> (AccStore - 1))}};
      end
    endfunction

    function automatic signed [AccStore-1:0] add(input signed [AccStore-1:0] x,
                                                 input signed [AccStore-1:0] p,
                                                 input signed [AccStore-1:0] mask);
      logic signed [AccStore-1:0] s;
      logic signed [AccStore-1:0] sign;
      s    = x + p;
      sign = (Native ? x : s) >>> (AccStore - 1);
      if (AccOverflow == 0) add = ((sign ^ MaxValue) & mask) | (s & ~mask);
      else if (AccOverflow == 1) add = s & ~mask;
      else add = (s <<< (AccStore - AccWidth)) >>> (AccStore - AccWidth);
    endfunction

    function automatic [CountWidth-1:0] tally(input [CountWidth-1:0] count,
                                              input logic            valid,
                                              input logic            clear,
                                              input [CountWidth-1:0] mask);  // -1 or 0
      tally = (count - (mask & {CountWidth{valid}})) & ~{CountWidth{clear}};
    endfunction

    // The names tie both registers together: a compiled simulation computes the sum once.
    always_ff @(posedge clk_i) begin : step
      logic signed [AccStore-1:0] x, p, mask;

      if ((Gated == 0) || valid_i) begin
        x       = old(first_i, init_i, prior);
        p       = dot(act_i, weight_i);
        mask    = over(x, p);
        sum_q   <= add(x, p, mask);
        count_q <= tally(count_i, valid_i, clear_i, CountWidth'(mask));
      end else begin
        count_q <= count_i & ~{CountWidth{clear_i}};
      end
    end
  end else begin : gen_plain
    logic signed [AccStore-1:0]  old;
    logic signed [DotStore-1:0]  lane [Lanes];
    logic signed [DotStore-1:0]  dot;
    logic signed [NeedWidth-1:0] sum;
    logic signed [AccWidth-1:0]  reduced;
    logic                        overflow;

    for (genvar l = 0; l < Lanes; l++) begin : gen_lane
      logic signed [ProdStore-1:0] prod;

      assign prod = ProdStore'($signed(act_i[l*ActStore +: ActStore])) *
                    ProdStore'($signed(weight_i[l*WeightStore +: WeightStore]));

      if (ProductWidth > 0) begin : gen_narrow
        logic signed [ProductWidth-1:0] narrow;

        npu_product #(
          .InWidth  ( ProdStore       ),
          .OutWidth ( ProductWidth    ),
          .Drop     ( ProductDrop     ),
          .Rounding ( ProductRounding ),
          .Overflow ( ProductOverflow )
        ) u_product (
          .prod_i ( prod   ),
          .prod_o ( narrow )
        );

        assign lane[l] = DotStore'(narrow);
      end else begin : gen_exact
        assign lane[l] = DotStore'(prod);
      end
    end

    always_comb begin
      dot = lane[0];
      for (int l = 1; l < Lanes; l++) begin
        dot = dot + lane[l];
      end
    end

    assign old = first_i ? init_i : prior;
    assign sum = NeedWidth'($signed(old[AccWidth-1:0])) + NeedWidth'(dot);

    npu_overflow #(
      .InWidth  ( NeedWidth   ),
      .OutWidth ( AccWidth    ),
      .Mode     ( AccOverflow ),
      .WrapBits ( AccWrapBits )
    ) u_overflow (
      .value_i    ( sum      ),
      .value_o    ( reduced  ),
      .overflow_o ( overflow )
    );

    always_ff @(posedge clk_i) begin
      if ((Gated == 0) || valid_i) sum_q <= AccStore'(reduced);
      count_q <= (count_i + CountWidth'({overflow & valid_i})) & ~{CountWidth{clear_i}};
    end
  end

  assign sum_o   = sum_q;
  assign count_o = count_q;

endmodule
