// Output-stationary sequencer: for each channel tile, for each tile of at most Rows positions,
// the steps of the reduction.
//
//   tile:  phase    0  1  2 ... steps-1 ...       length-1
//          requests    s0 s1 s2 ... s(steps-1)                next cycle   (act_*)
//
// A tile takes length = max(steps, r) cycles, r its positions: the finished sums leave by one
// row a cycle while the next tile computes. Tiles follow without a gap. While act_ready_i is low
// a request waits, and the tile becomes longer by as much. It does not look at data.
module npu_seq_os #(
  parameter int Rows            = 4,
  parameter int PosWidth        = 16,
  parameter int StepWidth       = 16,
  parameter int CtileWidth      = 8,
  parameter int WeightAddrWidth = 12
) (
  input  logic                       clk_i,
  input  logic                       rst_ni,

  input  logic                       start_i,
  input  logic [PosWidth-1:0]        cfg_positions_i,
  input  logic [StepWidth-1:0]       cfg_steps_i,
  input  logic [CtileWidth-1:0]      cfg_ctiles_i,
  input  logic [WeightAddrWidth-1:0] cfg_weight_base_i,

  input  logic                       act_ready_i,   // a request may be made
  output logic                       act_want_o,    // it will be if it may
  output logic                       act_req_o,
  output logic [PosWidth-1:0]        act_pos_o,     // of row 0
  output logic [StepWidth-1:0]       act_step_o,
  output logic [CtileWidth-1:0]      act_ctile_o,
  output logic [WeightAddrWidth-1:0] act_addr_o,    // the step's weights
  output logic [Rows-1:0]            act_rows_o,    // rows that have a position
  output logic                       act_first_o,
  output logic                       act_last_o
);

  localparam int RowWidth   = $clog2(Rows + 1);
  localparam int PhaseWidth = (StepWidth > RowWidth) ? StepWidth : RowWidth;

  logic                       run_d, run_q;
  logic [CtileWidth-1:0]      ctile_d, ctile_q;
  logic [WeightAddrWidth-1:0] base_d, base_q;    // of the channel tile's weights
  logic [PosWidth-1:0]        tile_d, tile_q;    // first position
  logic [PosWidth-1:0]        left_d, left_q;    // positions from there on
  logic [PhaseWidth-1:0]      phase_d, phase_q;

  logic                  tile_last, ctile_last, phase_last, want, request;
  logic [PhaseWidth-1:0] count;   // r
  logic [PhaseWidth-1:0] steps;
  logic [PhaseWidth-1:0] length;

  assign tile_last  = (64'(left_q) <= 64'(Rows));
  assign count      = tile_last ? PhaseWidth'(left_q) : PhaseWidth'(Rows);
  assign steps      = PhaseWidth'(cfg_steps_i);
  assign length     = (count > steps) ? count : steps;
  assign phase_last = (phase_q == length - 1'b1);
  assign ctile_last = (ctile_q == cfg_ctiles_i - 1'b1);
  assign want       = run_q && (phase_q < steps);
  assign request    = want && act_ready_i;

  always_comb begin
    run_d   = run_q;
    ctile_d = ctile_q;
    base_d  = base_q;
    tile_d  = tile_q;
    left_d  = left_q;
    phase_d = phase_q;

    if (start_i) begin
      run_d   = 1'b1;
      ctile_d = '0;
      base_d  = cfg_weight_base_i;
      tile_d  = '0;
      left_d  = cfg_positions_i;
      phase_d = '0;
    end else if (want && !act_ready_i) begin
      phase_d = phase_q;
    end else if (run_q && !phase_last) begin
      phase_d = phase_q + 1'b1;
    end else if (run_q) begin
      phase_d = '0;
      tile_d  = tile_q + PosWidth'(Rows);
      left_d  = left_q - PosWidth'(Rows);
      if (tile_last) begin
        tile_d  = '0;
        left_d  = cfg_positions_i;
        base_d  = base_q + WeightAddrWidth'(cfg_steps_i);
        ctile_d = ctile_q + 1'b1;
        run_d   = !ctile_last;
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      run_q   <= 1'b0;
      ctile_q <= '0;
      base_q  <= '0;
      tile_q  <= '0;
      left_q  <= '0;
      phase_q <= '0;
    end else begin
      run_q   <= run_d;
      ctile_q <= ctile_d;
      base_q  <= base_d;
      tile_q  <= tile_d;
      left_q  <= left_d;
      phase_q <= phase_d;
    end
  end

  logic                       act_req_q;
  logic [PosWidth-1:0]        act_pos_q;
  logic [StepWidth-1:0]       act_step_q;
  logic [CtileWidth-1:0]      act_ctile_q;
  logic [WeightAddrWidth-1:0] act_addr_q;
  logic [Rows-1:0]            act_rows_d, act_rows_q;
  logic                       act_first_q, act_last_q;

  for (genvar r = 0; r < Rows; r++) begin : gen_rows
    assign act_rows_d[r] = request && (count > PhaseWidth'(r));
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      act_req_q   <= 1'b0;
      act_pos_q   <= '0;
      act_step_q  <= '0;
      act_ctile_q <= '0;
      act_addr_q  <= '0;
      act_rows_q  <= '0;
      act_first_q <= 1'b0;
      act_last_q  <= 1'b0;
    end else begin
      act_req_q   <= request;
      act_rows_q  <= act_rows_d;
      act_first_q <= request && (phase_q == '0);
      act_last_q  <= request && (phase_q == steps - 1'b1);
      if (request) begin
        act_pos_q   <= tile_q;
        act_step_q  <= StepWidth'(phase_q);
        act_ctile_q <= ctile_q;
        act_addr_q  <= base_q + WeightAddrWidth'(phase_q);
      end
    end
  end

  assign act_want_o  = want;
  assign act_req_o   = act_req_q;
  assign act_pos_o   = act_pos_q;
  assign act_step_o  = act_step_q;
  assign act_ctile_o = act_ctile_q;
  assign act_addr_o  = act_addr_q;
  assign act_rows_o  = act_rows_q;
  assign act_first_o = act_first_q;
  assign act_last_o  = act_last_q;

endmodule
