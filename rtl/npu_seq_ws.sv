// Weight-stationary sequencer: for each channel tile, for each block of at most AccDepth
// positions, for each k tile of Rows steps, one pass of the block's positions through the array.
//
//   pass:  phase    0  1  2 ... Rows-1 ...        length-1
//          weights  r0 r1 r2 ...                              this cycle   (load_*)
//          requests    p0 p1 p2 ... p(m-1)                    next cycle   (act_*)
//
// A pass takes length = max(m, Rows+2) cycles, m the positions of the block: Rows weight rows
// pass the load port, and a sum comes back from the bottom, through the buffer, Rows+2 cycles
// after it started. Passes follow one another without a gap. While act_ready_i is low a request
// waits, and the pass becomes longer by as much; loading does not wait. It does not look at data.
module npu_seq_ws #(
  parameter int Rows            = 4,
  parameter int AccDepth        = 256,
  parameter int PosWidth        = 16,
  parameter int StepWidth       = 16,
  parameter int CtileWidth      = 8,
  parameter int WeightAddrWidth = 12,
  // derived: do not set
  parameter int AccAddrWidth    = (AccDepth > 1) ? $clog2(AccDepth) : 1
) (
  input  logic                       clk_i,
  input  logic                       rst_ni,

  input  logic                       start_i,
  input  logic [PosWidth-1:0]        cfg_positions_i,
  input  logic [StepWidth-1:0]       cfg_steps_i,
  input  logic [CtileWidth-1:0]      cfg_ctiles_i,
  input  logic [WeightAddrWidth-1:0] cfg_weight_base_i,

  output logic [Rows-1:0]            load_o,        // one-hot: fetch this row's weights
  output logic                       load_used_o,   // the row is within the reduction
  output logic [WeightAddrWidth-1:0] load_addr_o,
  output logic [CtileWidth-1:0]      load_ctile_o,

  input  logic                       act_ready_i,   // a request may be made
  output logic                       act_want_o,    // it will be if it may
  output logic                       act_req_o,
  output logic [PosWidth-1:0]        act_pos_o,
  output logic [StepWidth-1:0]       act_step_o,    // of row 0
  output logic [CtileWidth-1:0]      act_ctile_o,
  output logic [AccAddrWidth-1:0]    act_slot_o,    // position within the block
  output logic                       act_first_o,   // first k tile: start from the bias
  output logic                       act_last_o,    // last k tile: to the requantizers
  output logic                       act_end_o      // last position of the block
);

  localparam int MinLength = Rows + 2;
  localparam int MaxLength = (AccDepth > MinLength) ? AccDepth : MinLength;
  localparam int PhaseWidth = $clog2(MaxLength + 2);
  // Sums of a step and Rows must not wrap.
  localparam int WideStep = ((StepWidth > PhaseWidth) ? StepWidth : PhaseWidth) + 1;

  logic                       run_d, run_q;
  logic [CtileWidth-1:0]      ctile_d, ctile_q;
  logic [WeightAddrWidth-1:0] base_d, base_q;    // of the channel tile's weights
  logic [PosWidth-1:0]        block_d, block_q;  // first position
  logic [PosWidth-1:0]        left_d, left_q;    // positions from there on
  logic [StepWidth-1:0]       step_d, step_q;    // first step of the k tile
  logic [PhaseWidth-1:0]      phase_d, phase_q;  // requests made, then cycles waited
  logic [PhaseWidth-1:0]      load_d, load_q;    // row to load next

  logic                  block_last, k_last, ctile_last, phase_last, want, request;
  logic [PhaseWidth-1:0] count;   // m
  logic [PhaseWidth-1:0] length;
  logic [WideStep-1:0]   load_step;

  assign block_last = (64'(left_q) <= 64'(AccDepth));
  assign count      = block_last ? PhaseWidth'(left_q) : PhaseWidth'(AccDepth);
  assign length     = (count > PhaseWidth'(MinLength)) ? count : PhaseWidth'(MinLength);
  assign phase_last = (phase_q == length - 1'b1);
  assign k_last     = (WideStep'(step_q) + WideStep'(Rows) >= WideStep'(cfg_steps_i));
  assign ctile_last = (ctile_q == cfg_ctiles_i - 1'b1);
  assign want       = run_q && (phase_q < count);
  assign request    = want && act_ready_i;

  always_comb begin
    run_d   = run_q;
    ctile_d = ctile_q;
    base_d  = base_q;
    block_d = block_q;
    left_d  = left_q;
    step_d  = step_q;
    phase_d = phase_q;
    load_d  = (load_q == PhaseWidth'(Rows)) ? load_q : load_q + 1'b1;

    if (start_i) begin
      run_d   = 1'b1;
      ctile_d = '0;
      base_d  = cfg_weight_base_i;
      block_d = '0;
      left_d  = cfg_positions_i;
      step_d  = '0;
      phase_d = '0;
      load_d  = '0;
    end else if (want && !act_ready_i) begin
      phase_d = phase_q;
    end else if (run_q && !phase_last) begin
      phase_d = phase_q + 1'b1;
    end else if (run_q) begin
      phase_d = '0;
      load_d  = '0;
      step_d  = step_q + StepWidth'(Rows);
      if (k_last) begin
        step_d  = '0;
        block_d = block_q + PosWidth'(AccDepth);
        left_d  = left_q - PosWidth'(AccDepth);
        if (block_last) begin
          block_d = '0;
          left_d  = cfg_positions_i;
          base_d  = base_q + WeightAddrWidth'(cfg_steps_i);
          ctile_d = ctile_q + 1'b1;
          run_d   = !ctile_last;
        end
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      run_q   <= 1'b0;
      ctile_q <= '0;
      base_q  <= '0;
      block_q <= '0;
      left_q  <= '0;
      step_q  <= '0;
      phase_q <= '0;
      load_q  <= '0;
    end else begin
      run_q   <= run_d;
      ctile_q <= ctile_d;
      base_q  <= base_d;
      block_q <= block_d;
      left_q  <= left_d;
      step_q  <= step_d;
      phase_q <= phase_d;
      load_q  <= load_d;
    end
  end

  for (genvar r = 0; r < Rows; r++) begin : gen_load
    assign load_o[r] = run_q && (load_q == PhaseWidth'(r));
  end

  assign load_step    = WideStep'(step_q) + WideStep'(load_q);
  assign load_used_o  = (load_step < WideStep'(cfg_steps_i));
  assign load_addr_o  = base_q + WeightAddrWidth'(load_step);
  assign load_ctile_o = ctile_q;

  logic                    act_req_q;
  logic [PosWidth-1:0]     act_pos_q;
  logic [StepWidth-1:0]    act_step_q;
  logic [CtileWidth-1:0]   act_ctile_q;
  logic [AccAddrWidth-1:0] act_slot_q;
  logic                    act_first_q, act_last_q, act_end_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      act_req_q   <= 1'b0;
      act_pos_q   <= '0;
      act_step_q  <= '0;
      act_ctile_q <= '0;
      act_slot_q  <= '0;
      act_first_q <= 1'b0;
      act_last_q  <= 1'b0;
      act_end_q   <= 1'b0;
    end else begin
      act_req_q <= request;
      if (request) begin
        act_pos_q   <= block_q + PosWidth'(phase_q);
        act_step_q  <= step_q;
        act_ctile_q <= ctile_q;
        act_slot_q  <= AccAddrWidth'(phase_q);
        act_first_q <= (step_q == '0);
        act_last_q  <= k_last;
        act_end_q   <= (phase_q == count - 1'b1);
      end
    end
  end

  assign act_want_o  = want;
  assign act_req_o   = act_req_q;
  assign act_pos_o   = act_pos_q;
  assign act_step_o  = act_step_q;
  assign act_ctile_o = act_ctile_q;
  assign act_slot_o  = act_slot_q;
  assign act_first_o = act_first_q;
  assign act_last_o  = act_last_q;
  assign act_end_o   = act_end_q;

endmodule
