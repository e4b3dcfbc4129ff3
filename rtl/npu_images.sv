// Walks every word of the weight, bias and scale ROMs and makes their CRC-32, as the program's
// header has it: of each kind column by column, each word as bytes, lowest first.
//
//   fetch --> take --> byte, byte, ... --> fetch --> ...
//
// Two cycles and one a byte for each word. It does not know which CRC is right, and reads only
// while the engine is idle.
module npu_images #(
  parameter int Cols        = 4,
  parameter int WeightBits  = 8,     // of a word
  parameter int BiasBits    = 32,
  parameter int ScaleBits   = 46,
  parameter int WeightDepth = 1024,
  parameter int ParamDepth  = 64,
  // derived: do not set
  parameter int Most        = (WeightBits > BiasBits) ? WeightBits : BiasBits,
  parameter int WordBits    = 8 * (((Most > ScaleBits) ? Most + 7 : ScaleBits + 7) / 8),
  parameter int ColWidth    = (Cols > 1) ? $clog2(Cols) : 1,
  parameter int MostWords   = (WeightDepth > ParamDepth) ? WeightDepth : ParamDepth,
  parameter int AddrWidth   = (MostWords > 1) ? $clog2(MostWords) : 1
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,

  input  logic                 start_i,
  input  logic [31:0]          weight_words_i,  // of a column; at most the depths, stable
  input  logic [31:0]          param_words_i,
  output logic                 done_o,          // one cycle; crc_o stands until start_i
  output logic                 bad_o,           // with done_o: more words than there are

  output logic                 re_o,
  output logic [1:0]           kind_o,          // 0 weight, 1 bias, 2 scale
  output logic [ColWidth-1:0]  col_o,
  output logic [AddrWidth-1:0] addr_o,
  input  logic [WordBits-1:0]  word_i,          // a cycle after re_o

  output logic [31:0]          crc_o
);

  localparam logic [1:0] Idle = 2'd0, Fetch = 2'd1, Take = 2'd2, Bytes = 2'd3;
  localparam int ByteWidth = $clog2(WordBits / 8 + 1);

  logic [1:0]           state_q, kind_q;
  logic [ColWidth-1:0]  col_q;
  logic [AddrWidth-1:0] addr_q;
  logic [ByteWidth-1:0] left_q;
  logic [WordBits-1:0]  word_q;
  logic                 done_q, bad_q;

  logic [31:0]          words;
  logic [ByteWidth-1:0] bytes;
  logic                 word_end, addr_end, col_end, none, over;

  assign words    = (kind_q == 2'd0) ? weight_words_i : param_words_i;
  assign bytes    = (kind_q == 2'd0) ? ByteWidth'((WeightBits + 7) / 8) :
                    (kind_q == 2'd1) ? ByteWidth'((BiasBits + 7) / 8) :
                                       ByteWidth'((ScaleBits + 7) / 8);
  assign none     = (words == '0);
  assign over     = (weight_words_i > 32'(WeightDepth)) || (param_words_i > 32'(ParamDepth));
  assign word_end = (state_q == Bytes) && (left_q == ByteWidth'(1));
  assign addr_end = (32'(addr_q) == words - 32'd1);
  assign col_end  = (col_q == ColWidth'(Cols - 1));

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Idle;
      kind_q  <= '0;
      col_q   <= '0;
      addr_q  <= '0;
      left_q  <= '0;
      done_q  <= 1'b0;
      bad_q   <= 1'b0;
    end else begin
      done_q <= 1'b0;
      if (start_i) begin
        state_q <= over ? Idle : Fetch;
        done_q  <= over;
        bad_q   <= over;
        kind_q  <= '0;
        col_q   <= '0;
        addr_q  <= '0;
      end else if (state_q == Fetch) begin
        left_q <= bytes;
        if (!none) begin
          state_q <= Take;
        end else if (kind_q != 2'd2) begin
          kind_q  <= kind_q + 2'd1;
        end else begin
          state_q <= Idle;
          done_q  <= 1'b1;
        end
      end else if (state_q == Take) begin
        state_q <= Bytes;
      end else if (state_q == Bytes) begin
        left_q <= left_q - 1'b1;
        if (word_end) begin
          state_q <= Fetch;
          addr_q  <= addr_end ? '0 : addr_q + 1'b1;
          if (addr_end) col_q <= col_end ? '0 : col_q + 1'b1;
          if (addr_end && col_end) begin
            kind_q <= kind_q + 2'd1;
            if (kind_q == 2'd2) begin
              state_q <= Idle;
              done_q  <= 1'b1;
            end
          end
        end
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (state_q == Take) word_q <= word_i;
    else if (state_q == Bytes) word_q <= word_q >> 8;
  end

  npu_crc #(
    .Units     ( 1 ),
    .UnitWidth ( 8 )
  ) u_crc (
    .clk_i   ( clk_i              ),
    .clear_i ( start_i            ),
    .valid_i ( state_q == Bytes   ),
    .count_i ( 1'b1               ),
    .data_i  ( word_q[7:0]        ),
    .crc_o   ( crc_o              )
  );

  assign done_o = done_q;
  assign bad_o  = bad_q;
  assign re_o   = (state_q == Fetch) && !none;
  assign kind_o = kind_q;
  assign col_o  = col_q;
  assign addr_o = addr_q;

endmodule
