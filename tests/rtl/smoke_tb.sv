// One layer on npu_top under any simulator that knows 4 states; run_smoke.sh runs it in Icarus.
//
// +PLAN=file, written by bench plan: a line of registers, sizes and expectations, then the
// activations [position][k], then the expected codes [position][channel]. ROMs: +NPU_ROM_DIR.
module smoke_tb;

  localparam int Rows  = npu_pkg::Rows;
  localparam int Cols  = npu_pkg::Cols;
  localparam int Lanes = npu_pkg::Lanes;
  localparam int Width = npu_pkg::ActWidth;
  localparam int Most  = 4096;

  reg clk  = 1'b0;
  reg rst_n = 1'b0;
  reg start = 1'b0;

  integer positions, steps, ctiles, in_zp, out_zp, act_min, act_max, double_round;
  integer size_m, size_k, size_n, overflows, cycles;
  integer act  [0:Most-1];
  integer want [0:Most-1];

  wire                         busy, done, act_req, out_valid;
  wire [npu_pkg::CycleWidth-1:0] got_cycles;
  wire [npu_pkg::EventWidth-1:0] got_overflows;
  wire [npu_pkg::PosWidth-1:0]   act_pos, out_pos;
  wire [npu_pkg::StepWidth-1:0]  act_step;
  wire [npu_pkg::CtileWidth-1:0] out_ctile;
  wire [Cols*Width-1:0]        out_data;
  reg  [Rows*Lanes*Width-1:0]  act_data;

  npu_top u_top (
    .clk_i              ( clk                                  ),
    .rst_ni             ( rst_n                                ),
    .start_i            ( start                                ),
    .cfg_positions_i    ( positions[npu_pkg::PosWidth-1:0]     ),
    .cfg_steps_i        ( steps[npu_pkg::StepWidth-1:0]        ),
    .cfg_ctiles_i       ( ctiles[npu_pkg::CtileWidth-1:0]      ),
    .cfg_weight_base_i  ( {$clog2(npu_pkg::WeightDepth){1'b0}} ),
    .cfg_param_base_i   ( {$clog2(npu_pkg::ParamDepth){1'b0}}  ),
    .cfg_in_zp_i        ( in_zp[Width:0]                       ),
    .cfg_out_zp_i       ( out_zp[Width:0]                      ),
    .cfg_act_min_i      ( act_min[Width:0]                     ),
    .cfg_act_max_i      ( act_max[Width:0]                     ),
    .cfg_double_round_i ( double_round[0]                      ),
    .busy_o             ( busy                                 ),
    .done_o             ( done                                 ),
    .cycles_o           ( got_cycles                           ),
    .overflows_o        ( got_overflows                        ),
    .act_req_o          ( act_req                              ),
    .act_pos_o          ( act_pos                              ),
    .act_step_o         ( act_step                             ),
    .act_data_i         ( act_data                             ),
    .out_valid_o        ( out_valid                            ),
    .out_pos_o          ( out_pos                              ),
    .out_ctile_o        ( out_ctile                            ),
    .out_data_o         ( out_data                             )
  );

  always #5 clk = !clk;

  // Activations, one cycle after the request; X otherwise.
  integer row, lane, pos, k, code;
  always @(posedge clk) begin
    act_data <= 'x;
    if (act_req) begin
      for (row = 0; row < Rows; row = row + 1) begin
        for (lane = 0; lane < Lanes; lane = lane + 1) begin
          pos  = act_pos + ((npu_pkg::Dataflow == 0) ? 0 : row);
          k    = (act_step + ((npu_pkg::Dataflow == 0) ? row : 0)) * Lanes + lane;
          code = ((pos < size_m) && (k < size_k)) ? act[pos*size_k+k] : in_zp;
          act_data[(row*Lanes+lane)*Width +: Width] <= code[Width-1:0];
        end
      end
    end
  end

  integer errors = 0, outputs = 0, column, channel, expected;
  always @(negedge clk) begin
    if (out_valid) begin
      for (column = 0; column < Cols; column = column + 1) begin
        channel = out_ctile * Cols + column;
        if (channel < size_n) begin
          expected = want[out_pos*size_n+channel];
          outputs  = outputs + 1;
          if (out_data[column*Width +: Width] !== expected[Width-1:0]) begin
            errors = errors + 1;
            $display("output [%0d][%0d] is %h, reference %h", out_pos, channel,
                     out_data[column*Width +: Width], expected[Width-1:0]);
          end
        end
      end
    end
    if (done) begin
      // The counts are final with done_o.
      if (got_cycles !== cycles || got_overflows !== overflows) begin
        errors = errors + 1;
        $display("cycles %0d, reference %0d; overflows %0d, reference %0d", got_cycles, cycles,
                 got_overflows, overflows);
      end
      if (outputs != size_m * size_n) errors = errors + 1;
      if (errors == 0) $display("ok: %0d outputs, %0d overflows, %0d cycles", outputs,
                                got_overflows, got_cycles);
      else $display("FAILED: %0d differences", errors);
      $finish;
    end
  end

  reg [8*512-1:0] plan;
  integer         file, n, i;
  initial begin
    if (!$value$plusargs("PLAN=%s", plan)) $display("FAILED: no +PLAN");
    file = $fopen(plan, "r");
    n = $fscanf(file, "%d %d %d %d %d %d %d %d %d %d %d %d %d", positions, steps, ctiles, in_zp,
                out_zp, act_min, act_max, double_round, size_m, size_k, size_n, overflows, cycles);
    for (i = 0; i < size_m * size_k; i = i + 1) n = $fscanf(file, "%d", act[i]);
    for (i = 0; i < size_m * size_n; i = i + 1) n = $fscanf(file, "%d", want[i]);
    repeat (2) @(negedge clk);
    rst_n = 1'b1;
    @(negedge clk) start = 1'b1;
    @(negedge clk) start = 1'b0;
    repeat (100000) @(negedge clk);
    $display("FAILED: no end");
    $finish;
  end

endmodule
