// Whether a descriptor can run: that every size is at least 1 and fits, that the words which follow
// from others do, and that all it reads and writes lies inside the memories. What a wrong program
// with a correct CRC holds would otherwise stop the core for good or lead outside.
//
// It works while the words come, one product a cycle: what `factors` chooses at word n is `product`
// at word n + 1, and a word is in desc_i a cycle after it came. ok_o is valid behind the last word.
// It does not look at what only changes values: zero points, clamps, flags, the layer's number.
module npu_check #(
  parameter int Lanes       = 1,
  parameter int Cols        = 4,
  parameter int WeightDepth = 1024,
  parameter int ParamDepth  = 64,
  parameter int Elements    = 16384,  // of the activation memory
  parameter int PosWidth    = 16,
  parameter int StepWidth   = 16,
  parameter int CtileWidth  = 8,
  parameter int SpanWidth   = 20
) (
  input  logic                        clk_i,

  input  logic                        valid_i,   // a word comes, one in each cycle from the first
  input  logic [4:0]                  word_i,    // which
  input  logic [1023:0]               desc_i,    // those before it

  output logic                        ok_o,
  output logic signed [SpanWidth-1:0] first_x_o  // window of output column 0, in elements
);

  // A channel count, a channel tile or 16 bits.
  localparam int ElemWidth   = $clog2(Elements + 1);
  localparam int Wider       = (ElemWidth > CtileWidth) ? ElemWidth : CtileWidth;
  localparam int FactorWidth = (Wider > 16) ? Wider : 16;

  // Bounds of what the gather and the taps count in 18 bits and in SpanWidth bits.
  localparam logic [63:0] MaxRow  = 64'd131071;
  localparam logic [63:0] MaxSpan = 64'd1 << (SpanWidth - 2);

  ///////////////
  // The words //
  ///////////////

  logic [7:0]  op;
  logic        conv, depthwise, average, paired, weighted;
  logic [31:0] in_addr, second_addr, out_addr, channels, filters;
  logic [15:0] in_h, in_w, out_h, out_w, kernel_h, kernel_w, stride_y, stride_x, dilation_y,
               dilation_x, pad_top, pad_left;
  logic [31:0] steps, taps, positions, ctiles, weight_base, param_base, ratio, run, row, step_ox,
               step_oy, step_ky, step_kx, origin;

  assign op                       = desc_i[7:0];
  assign in_addr                  = desc_i[1*32 +: 32];
  assign second_addr              = desc_i[2*32 +: 32];
  assign out_addr                 = desc_i[3*32 +: 32];
  assign {in_w, in_h}             = desc_i[4*32 +: 32];
  assign channels                 = desc_i[5*32 +: 32];
  assign {out_w, out_h}           = desc_i[6*32 +: 32];
  assign filters                  = desc_i[7*32 +: 32];
  assign {kernel_w, kernel_h}     = desc_i[8*32 +: 32];
  assign {stride_x, stride_y}     = desc_i[9*32 +: 32];
  assign {dilation_x, dilation_y} = desc_i[10*32 +: 32];
  assign {pad_left, pad_top}      = desc_i[11*32 +: 32];
  assign steps                    = desc_i[12*32 +: 32];
  assign taps                     = desc_i[13*32 +: 32];
  assign positions                = desc_i[14*32 +: 32];
  assign ctiles                   = desc_i[15*32 +: 32];
  assign weight_base              = desc_i[16*32 +: 32];
  assign param_base               = desc_i[17*32 +: 32];
  assign ratio                    = desc_i[23*32 +: 32];
  assign run                      = desc_i[24*32 +: 32];
  assign row                      = desc_i[25*32 +: 32];
  assign step_ox                  = desc_i[26*32 +: 32];
  assign step_oy                  = desc_i[27*32 +: 32];
  assign step_ky                  = desc_i[28*32 +: 32];
  assign step_kx                  = desc_i[29*32 +: 32];
  assign origin                   = desc_i[30*32 +: 32];

  assign conv      = (op == 8'd1);
  assign depthwise = (op == 8'd2);
  assign average   = (op == 8'd4);
  assign paired    = (op == 8'd5) || (op == 8'd6);
  assign weighted  = conv || depthwise;

  /////////////////
  // The product //
  /////////////////

  logic [31:0]            a_q;
  logic [FactorWidth-1:0] b_q;
  logic [63:0]            product;
  logic [31:0]            row_q, positions_q, taps_q, run_q;
  logic [32:0]            size_q;    // of the input, then of the output, in elements
  logic [32:0]            reach_q;   // from the first tap of the first window to the last's
  logic [32:0]            pad_q;     // of the top and the left, in elements

  assign product = 64'(a_q) * 64'(b_q);

  always_ff @(posedge clk_i) begin : factors
    if (valid_i) begin
      case (word_i)
        5'd6:  begin a_q <= 32'(in_w);          b_q <= FactorWidth'(channels);   end
        5'd7:  begin a_q <= 32'(out_h);         b_q <= FactorWidth'(out_w);      end
        5'd8:  begin a_q <= row_q;              b_q <= FactorWidth'(in_h);       end
        5'd9:  begin a_q <= 32'(kernel_h);      b_q <= FactorWidth'(kernel_w);   end
        5'd10: begin a_q <= positions_q;        b_q <= FactorWidth'(filters);    end
        5'd11: begin
          a_q <= taps_q;
          b_q <= conv ? FactorWidth'(channels) : FactorWidth'(1);
        end
        5'd12: begin a_q <= 32'(kernel_w);      b_q <= FactorWidth'(channels);   end
        5'd14: begin a_q <= steps;              b_q <= FactorWidth'(Lanes);      end
        5'd15: begin a_q <= 32'(out_h) - 32'd1; b_q <= FactorWidth'(stride_y);   end
        5'd16: begin a_q <= 32'(kernel_h) - 32'd1; b_q <= FactorWidth'(dilation_y); end
        5'd17: begin a_q <= ctiles;             b_q <= FactorWidth'(Cols);       end
        5'd18: begin a_q <= steps;              b_q <= FactorWidth'(ctiles);     end
        5'd19: begin a_q <= 32'(out_w) - 32'd1; b_q <= FactorWidth'(stride_x);   end
        5'd20: begin a_q <= 32'(kernel_w) - 32'd1; b_q <= FactorWidth'(dilation_x); end
        5'd22: begin a_q <= reach_q[31:0];      b_q <= FactorWidth'(channels);   end
        5'd24: begin a_q <= ratio;              b_q <= FactorWidth'(channels);   end
        5'd25: begin a_q <= row_q;              b_q <= FactorWidth'(pad_top);    end
        5'd26: begin a_q <= 32'(pad_left);      b_q <= FactorWidth'(channels);   end
        5'd27: begin a_q <= 32'(stride_x);      b_q <= FactorWidth'(channels);   end
        5'd28: begin a_q <= row_q;              b_q <= FactorWidth'(stride_y);   end
        5'd29: begin a_q <= row_q;              b_q <= FactorWidth'(dilation_y); end
        5'd30: begin a_q <= 32'(dilation_x);    b_q <= FactorWidth'(channels);   end
        default: ;
      endcase
    end
  end

  // Products that are needed again. One that is cut here was too large and is refused below.
  always_ff @(posedge clk_i) begin
    if (valid_i) begin
      case (word_i)
        5'd7:  row_q       <= product[31:0];
        5'd8:  positions_q <= product[31:0];
        5'd9:  size_q      <= product[32:0];
        5'd10: taps_q      <= product[31:0];
        5'd11: size_q      <= product[32:0];
        5'd12: taps_q      <= product[31:0];
        5'd13: run_q       <= (dilation_x == 16'd1) ? product[31:0] : channels;
        5'd16: reach_q     <= product[32:0];
        5'd20: reach_q     <= product[32:0];
        5'd21: reach_q     <= reach_q + product[32:0];
        5'd26: pad_q       <= product[32:0];
        5'd27: begin
          pad_q     <= pad_q + product[32:0];
          first_x_o <= -$signed(SpanWidth'(product));
        end
        default: ;
      endcase
    end
  end

  ////////////
  // Checks //
  ////////////

  // count = ceil(whole / part), of product = count * part.
  function automatic logic no_ceiling(input logic [63:0] multiple, input logic [31:0] whole,
                                      input logic [31:0] part);
    no_ceiling = (multiple < 64'(whole)) || (multiple - 64'(whole) >= 64'(part));
  endfunction

  logic        wrong, wrong_q;
  logic        zero, same, long, many, origin_ok;
  logic [31:0] params, table_end, addr;
  logic        beyond;

  assign zero = (in_h == '0) || (in_w == '0) || (channels == '0) || (out_h == '0) ||
                (out_w == '0) || (filters == '0) || (kernel_h == '0) || (kernel_w == '0) ||
                (stride_y == '0) || (stride_x == '0) || (dilation_y == '0) || (dilation_x == '0);

  // An element-wise layer has two inputs like its output and no window.
  assign same = ({in_w, in_h} == {out_w, out_h}) && (desc_i[8*32 +: 32] == 32'h0001_0001) &&
                (desc_i[9*32 +: 32] == 32'h0001_0001) && (desc_i[10*32 +: 32] == 32'h0001_0001) &&
                (desc_i[11*32 +: 32] == '0);

  assign long      = (product[63:32] != '0);
  assign many      = (filters[31:16] != '0);
  assign origin_ok = (origin + pad_q[31:0] == '0);
  assign table_end = taps_q + 32'd1;
  assign params    = weighted ? ctiles : average ? table_end : (op == 8'd5) ? 32'd3 :
                     (op == 8'd6) ? 32'd1 : 32'd0;
  assign addr      = (word_i == 5'd10) ? in_addr : (word_i == 5'd11) ? second_addr : out_addr;
  assign beyond    = (34'(addr) + 34'(size_q) > 34'(Elements));

  always_comb begin
    wrong = 1'b0;
    case (word_i)
      5'd1:  wrong = (op < 8'd1) || (op > 8'd6);
      5'd6:  wrong = (channels > 32'(Elements));
      5'd7:  wrong = (product > 64'(Elements));
      5'd9:  wrong = (product > 64'(Elements));
      5'd10: wrong = beyond;
      5'd11: wrong = (paired && beyond) || (product > 64'(Elements));
      5'd12: wrong = beyond || zero || long;
      5'd13: wrong = (paired && !same) || long;
      5'd15: wrong = no_ceiling(product, taps_q, 32'(Lanes)) || (taps != taps_q) ||
                     (64'(steps) >> StepWidth != '0) || (positions != positions_q) ||
                     (64'(positions) >> PosWidth != '0);
      5'd16: wrong = (64'(ctiles) >> CtileWidth != '0) || many;
      5'd17: wrong = (product > 64'd65535) || (64'(reach_q) + product > MaxRow);
      5'd18: wrong = no_ceiling(product, filters, 32'(Cols));
      5'd19: wrong = weighted && (product + 64'(weight_base) > 64'(WeightDepth));
      5'd20: wrong = (33'(param_base) + 33'(params) > 33'(ParamDepth));
      5'd21: wrong = (64'(reach_q) + product > MaxRow);
      5'd23: wrong = (product > MaxSpan);
      5'd25: wrong = (depthwise && (product != 64'(filters))) ||
                     (!weighted && (channels != filters)) || (average && (ratio != table_end)) ||
                     (run != run_q);
      5'd26: wrong = (row != row_q);
      5'd27: wrong = (product > MaxSpan) || (64'(pad_q) + product >= 64'h8000_0000);
      5'd28: wrong = (product != 64'(step_ox));
      5'd29: wrong = (product != 64'(step_oy));
      5'd30: wrong = (product != 64'(step_ky));
      5'd31: wrong = (product != 64'(step_kx)) || !origin_ok;
      default: ;
    endcase
  end

  always_ff @(posedge clk_i) begin
    if (valid_i) wrong_q <= wrong || (wrong_q && (word_i != '0));
  end

  assign ok_o = !wrong_q;

  logic unused;
  assign unused = ^{desc_i, pad_q, reach_q};

endmodule
