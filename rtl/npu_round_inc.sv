// The increment that turns a floor shift into a rounded one: SystemC's seven
// quantization modes, in the order of sc_q_mode. Combinational; it does not shift.
//
//        kept bits        dropped bits
//   [ neg ... ... lsb ] [ half | sticky = OR of the rest ]
module npu_round_inc #(
  parameter int Mode = 0  // RND RND_ZERO RND_MIN_INF RND_INF RND_CONV TRN TRN_ZERO
) (
  input  logic neg_i,
  input  logic lsb_i,
  input  logic half_i,
  input  logic sticky_i,

  output logic inc_o
);

  if (Mode == 0) begin : gen_rnd
    assign inc_o = half_i;
  end else if (Mode == 1) begin : gen_rnd_zero
    assign inc_o = half_i & (sticky_i | neg_i);
  end else if (Mode == 2) begin : gen_rnd_min_inf
    assign inc_o = half_i & sticky_i;
  end else if (Mode == 3) begin : gen_rnd_inf
    assign inc_o = half_i & (sticky_i | ~neg_i);
  end else if (Mode == 4) begin : gen_rnd_conv
    assign inc_o = half_i & (sticky_i | lsb_i);
  end else if (Mode == 5) begin : gen_trn
    assign inc_o = 1'b0;
  end else begin : gen_trn_zero
    assign inc_o = neg_i & (half_i | sticky_i);
  end

endmodule
