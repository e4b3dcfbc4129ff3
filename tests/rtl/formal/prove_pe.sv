// npu_pe's next registers against the MAC step: old + the lanes' products, exact and checked once.
// Sums enter as the array keeps them: any code of AccWidth bits, sign-extended in AccStore. An
// activation operand is never the lowest number of its width, being a difference of two codes.
// Narrowed products are npu_product's, which prove_product has.
// The registers are wires here, so that outputs are what the next clock edge would store.
module prove_pe #(
  parameter int Lanes           = 1,
  parameter int ActOpWidth      = 9,
  parameter int WeightOpWidth   = 8,
  parameter int ProductWidth    = 0,
  parameter int ProductDrop     = 0,
  parameter int ProductRounding = 0,
  parameter int ProductOverflow = 0,
  parameter int AccWidth        = 24,
  parameter int AccOverflow     = 0,
  parameter int AccWrapBits     = 0,
  parameter int SimWidth        = 0,
  parameter int CountWidth      = 3
) (
  input  logic                           first_i,
  input  logic                           valid_i,
  input  logic                           clear_i,
  input  logic [Lanes*ActOpWidth-1:0]    act_i,
  input  logic [Lanes*WeightOpWidth-1:0] weight_i,
  input  logic signed [AccWidth-1:0]     init_i,
  input  logic signed [AccWidth-1:0]     sum_i,
  input  logic [CountWidth-1:0]          count_i,

  output logic                           bad_o
);

  localparam int ActStore    = (SimWidth > ActOpWidth) ? SimWidth : ActOpWidth;
  localparam int WeightStore = (SimWidth > WeightOpWidth) ? SimWidth : WeightOpWidth;
  localparam int AccStore    = (SimWidth > AccWidth) ? SimWidth : AccWidth;
  // As wide as npu_pe's, so that the solver meets one multiplier and not two that it would have
  // to prove equal. No product needs more: |act| < 2^(A-1) and |weight| <= 2^(W-1), so that
  // |act * weight| < 2^(A+W-2).
  localparam int ExactWidth  = ActOpWidth + WeightOpWidth - 1;
  localparam int ProdWidth   = (SimWidth > ExactWidth) ? SimWidth : ExactWidth;
  localparam int Wider       = (ProdWidth > ProductWidth) ? ProdWidth : ProductWidth;
  localparam int Width       = ((Wider > AccStore) ? Wider : AccStore) + $clog2(Lanes) + 4;

  logic [Lanes*ActStore-1:0]    act;
  logic [Lanes*WeightStore-1:0] weight;
  logic [Lanes-1:0]             lowest;
  logic signed [AccStore-1:0]   sum;
  logic [CountWidth-1:0]        count, count_expected;
  logic [(Lanes+1)*Width-1:0]   dots;        // after that many lanes
  logic signed [Width-1:0]      total;
  logic signed [Width-1:0]      expected;
  logic                         over;

  assign dots[Width-1:0] = '0;
  assign total = (first_i ? Width'(init_i) : Width'(sum_i)) + $signed(dots[Lanes*Width +: Width]);

  for (genvar l = 0; l < Lanes; l++) begin : gen_lane
    logic signed [ActOpWidth-1:0]    a;
    logic signed [WeightOpWidth-1:0] w;
    logic signed [ProdWidth-1:0]     product;
    logic signed [Width-1:0]         addend;

    assign a       = $signed(act_i[l*ActOpWidth +: ActOpWidth]);
    assign w       = $signed(weight_i[l*WeightOpWidth +: WeightOpWidth]);
    assign product = ProdWidth'(a) * ProdWidth'(w);
    assign dots[(l+1)*Width +: Width] = $signed(dots[l*Width +: Width]) + addend;
    assign lowest[l] = a == $signed({1'b1, {(ActOpWidth-1){1'b0}}});

    if (ProductWidth > 0) begin : gen_narrow
      logic signed [ProductWidth-1:0] narrow;

      npu_product #(
        .InWidth  ( ProdWidth       ),
        .OutWidth ( ProductWidth    ),
        .Drop     ( ProductDrop     ),
        .Rounding ( ProductRounding ),
        .Overflow ( ProductOverflow )
      ) u_product (
        .prod_i ( product ),
        .prod_o ( narrow  )
      );

      assign addend = Width'(narrow);
    end else begin : gen_exact
      assign addend = Width'(product);
    end

    assign act[l*ActStore +: ActStore]          = ActStore'(a);
    assign weight[l*WeightStore +: WeightStore] = WeightStore'(w);
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
    .clk_i    ( 1'b0              ),
    .first_i  ( first_i           ),
    .valid_i  ( valid_i           ),
    .clear_i  ( clear_i           ),
    .act_i    ( act               ),
    .weight_i ( weight            ),
    .init_i   ( AccStore'(init_i) ),
    .sum_i    ( AccStore'(sum_i)  ),
    .count_i  ( count_i           ),
    .sum_o    ( sum               ),
    .count_o  ( count             )
  );

  ref_reduced #(
    .OutWidth ( AccWidth    ),
    .Mode     ( AccOverflow ),
    .WrapBits ( AccWrapBits ),
    .Width    ( Width       )
  ) u_reference (
    .value_i ( total    ),
    .code_o  ( expected     ),
    .event_o ( over         )
  );

  assign count_expected = clear_i ? '0 : (over && valid_i) ? count_i + 1'b1 : count_i;
  assign bad_o = !(|lowest) && (Width'(sum) != expected || count != count_expected);

endmodule
