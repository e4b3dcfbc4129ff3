// A wide signed value reduced to OutWidth bits: SystemC's five overflow modes, in the order of
// sc_o_mode. overflow_o is SystemC's overflow_flag(): the value was out of range, in every mode.
// Combinational; it does not round and does not count.
module npu_overflow #(
  parameter int InWidth  = 33,
  parameter int OutWidth = 32,
  parameter int Mode     = 0,  // SAT SAT_ZERO SAT_SYM WRAP WRAP_SM
  parameter int WrapBits = 0   // n_bits of the two wrap modes
) (
  input  logic signed [InWidth-1:0]  value_i,

  output logic signed [OutWidth-1:0] value_o,
  output logic                       overflow_o
);

  // One bit more than the result, so that the sign is never a magnitude bit.
  localparam int Width = (InWidth > OutWidth) ? InWidth : OutWidth + 1;
  // WRAP_SM with one wrap bit keeps its own rule; otherwise n_bits >= OutWidth is saturation.
  localparam bit Keep1 = (Mode == 4) && (WrapBits == 1);
  localparam bit Saturate = (Mode == 0) || ((Mode >= 3) && (WrapBits >= OutWidth) && !Keep1);
  // Low bits that survive a wrap with 0 < WrapBits < OutWidth; clipped for the other modes.
  localparam int LowBits =
      ((WrapBits > 0) && (WrapBits < OutWidth)) ? OutWidth - WrapBits : 1;

  localparam logic signed [OutWidth-1:0] MaxValue = $signed({OutWidth{1'b1}} >> 1);
  localparam logic signed [OutWidth-1:0] MinValue = ~MaxValue;

  logic signed [Width-1:0]    value;
  logic                       neg;
  logic                       range;   // outside two's complement of OutWidth bits
  logic signed [OutWidth-1:0] low;
  logic signed [OutWidth-1:0] clipped;

  assign value = Width'(value_i);
  assign neg   = value[Width-1];
  assign range = (value[Width-1:OutWidth-1] != {(Width - OutWidth + 1){neg}});
  assign low   = $signed(value[OutWidth-1:0]);

  if (Saturate) begin : gen_saturate
    assign clipped    = neg ? MinValue : MaxValue;
    assign overflow_o = range;
  end else if (Mode == 1) begin : gen_zero
    assign clipped    = '0;
    assign overflow_o = range;
  end else if (Mode == 2) begin : gen_symmetric
    assign clipped    = neg ? -MaxValue : MaxValue;
    assign overflow_o = range | (low == MinValue);
  end else if ((Mode == 3) && (WrapBits == 0)) begin : gen_wrap
    assign clipped    = low;
    assign overflow_o = range;
  end else if ((Mode == 4) && (WrapBits == 0)) begin : gen_wrap_sm
    assign clipped    = low ^ {OutWidth{value[OutWidth] ^ value[OutWidth-1]}};
    assign overflow_o = range;
  end else if (Keep1) begin : gen_wrap_sm_1
    assign clipped    = low ^ {OutWidth{neg ^ value[OutWidth-1]}};
    assign overflow_o = range;
  end else begin : gen_wrap_bits
    // The top WrapBits bits as if saturated, the low ones kept (WRAP_SM: inverted or kept).
    logic flip;
    assign flip       = (Mode == 4) & (neg == value[LowBits]);
    assign clipped    = $signed({neg, {(OutWidth - LowBits - 1){~neg}},
                                 value[LowBits-1:0] ^ {LowBits{flip}}});
    assign overflow_o = range;
  end

  assign value_o = overflow_o ? clipped : low;

endmodule
