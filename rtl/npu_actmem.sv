// The activation memory: Banks banks of one code each; element e is in bank e % Banks, word
// e / Banks. A read or a write touches Banks elements from any element on.
//
//   rdata_o  one cycle after re_i, in bank order: element e at place e % Banks
//   wdata_i  in element order from waddr_i on; wmask_i says which; stored a cycle later, so a
//            read in the next cycle does not see it, one in the cycle after that does
//
// It does not check addresses: beyond the end it wraps or reads anything.
module npu_actmem #(
  parameter int Banks     = 16,
  parameter int Depth     = 1024,
  parameter int ActWidth  = 8,
  // derived: do not set
  parameter int ElemWidth = $clog2(Banks * Depth)
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,

  input  logic                      re_i,
  input  logic [ElemWidth-1:0]      raddr_i,
  output logic [Banks*ActWidth-1:0] rdata_o,

  input  logic                      we_i,
  input  logic [ElemWidth-1:0]      waddr_i,
  input  logic [Banks-1:0]          wmask_i,
  input  logic [Banks*ActWidth-1:0] wdata_i
);

  localparam int BankWidth = $clog2(Banks);
  localparam int WordWidth = (Depth > 1) ? $clog2(Depth) : 1;

  logic [BankWidth-1:0] rbank, wbank;
  logic [WordWidth-1:0] rword, wword_q;
  logic [BankWidth-1:0] wbank_q;

  assign rbank = raddr_i[BankWidth-1:0];
  assign rword = WordWidth'(raddr_i >> BankWidth);
  assign wbank = waddr_i[BankWidth-1:0];

  // Element order to bank order: up by wbank places, around.
  logic [2*Banks*ActWidth-1:0] wdata2;
  logic [2*Banks-1:0]          wmask2;
  logic [BankWidth:0]          turn;
  logic [Banks*ActWidth-1:0]   wdata_q;
  logic [Banks-1:0]            wmask_q;

  assign wdata2 = {wdata_i, wdata_i};
  assign wmask2 = {wmask_i, wmask_i};
  assign turn   = (BankWidth+1)'(Banks) - (BankWidth+1)'(wbank);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) wmask_q <= '0;
    else if (we_i) wmask_q <= wmask2[turn +: Banks];
    else wmask_q <= '0;
  end

  always_ff @(posedge clk_i) begin
    if (we_i) begin
      wdata_q <= wdata2[32'(turn)*ActWidth +: Banks*ActWidth];
      wword_q <= WordWidth'(waddr_i >> BankWidth);
      wbank_q <= wbank;
    end
  end

  for (genvar b = 0; b < Banks; b++) begin : gen_bank
    logic [WordWidth-1:0] raddr, waddr;

    // Banks before the first element's are a word further.
    if (b == Banks - 1) begin : gen_last
      assign raddr = rword;
      assign waddr = wword_q;
    end else begin : gen_other
      assign raddr = rword + WordWidth'({1'b0, rbank > BankWidth'(b)});
      assign waddr = wword_q + WordWidth'({1'b0, wbank_q > BankWidth'(b)});
    end

    npu_ram #(
      .Width ( ActWidth ),
      .Depth ( Depth    )
    ) u_ram (
      .clk_i   ( clk_i                             ),
      .we_i    ( wmask_q[b]                        ),
      .waddr_i ( waddr                             ),
      .wdata_i ( wdata_q[b*ActWidth +: ActWidth]   ),
      .re_i    ( re_i                              ),
      .raddr_i ( raddr                             ),
      .rdata_o ( rdata_o[b*ActWidth +: ActWidth]   )
    );
  end

endmodule
