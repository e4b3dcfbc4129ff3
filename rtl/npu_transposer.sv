// Turns positions into steps: two halves of Rows vectors each. One half is filled, a vector
// (a position's chunk) at a time, while the other is played, a step of all positions at a time.
//
//   fill: row r <= vec_i                    play: step s of every row --> act_o
//
//   free_o   the half to fill may be begun: its last steps are being played
//   ready_o  the half to play is complete
//   act_o    two cycles after play_i
//
// The filler's pass ends (fill_end_i) two cycles before its last vector comes. A row without a
// position keeps what it had.
module npu_transposer #(
  parameter int Rows      = 4,
  parameter int Lanes     = 1,
  parameter int ActWidth  = 8,
  parameter int StepWidth = 16,
  // derived: do not set
  parameter int RowWidth  = (Rows > 1) ? $clog2(Rows) : 1
) (
  input  logic                           clk_i,
  input  logic                           rst_ni,

  input  logic                           clear_i,
  input  logic [StepWidth-1:0]           cfg_steps_i,

  output logic                           free_o,
  input  logic                           fill_end_i,
  input  logic                           vec_valid_i,
  input  logic                           vec_last_i,
  input  logic [RowWidth-1:0]            vec_row_i,

  output logic                           ready_o,
  input  logic                           play_i,

  input  logic [Rows*Lanes*ActWidth-1:0] vec_i,
  output logic [Rows*Lanes*ActWidth-1:0] act_o
);

  localparam int StepBits = Lanes * ActWidth;

  logic [1:0]           free_q, ready_q;
  logic                 fill_q, land_q, play_q;  // halves: being gathered, written, played
  logic [RowWidth-1:0]  step_q;                  // of the chunk
  logic [StepWidth-1:0] left_q;                  // steps left of the reduction
  logic                 chunk_end, soon;
  logic                 given_q;                 // the half being played is free again

  assign chunk_end = (step_q == RowWidth'(Rows - 1)) || (left_q == StepWidth'(1));
  // At most three steps are left, this one included.
  assign soon = (left_q <= StepWidth'(3)) || (32'(step_q) + 32'd3 >= 32'(Rows));

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      free_q  <= 2'b11;
      ready_q <= 2'b00;
      fill_q  <= 1'b0;
      land_q  <= 1'b0;
      play_q  <= 1'b0;
      step_q  <= '0;
      left_q  <= '0;
    end else if (clear_i) begin
      free_q  <= 2'b11;
      ready_q <= 2'b00;
      fill_q  <= 1'b0;
      land_q  <= 1'b0;
      play_q  <= 1'b0;
      step_q  <= '0;
      left_q  <= cfg_steps_i;
    end else begin
      if (fill_end_i) begin
        fill_q         <= !fill_q;
        free_q[fill_q] <= 1'b0;
      end
      if (vec_valid_i && vec_last_i) begin
        land_q          <= !land_q;
        ready_q[land_q] <= 1'b1;
      end
      if (play_i) begin
        step_q <= chunk_end ? '0 : step_q + 1'b1;
        left_q <= (left_q == StepWidth'(1)) ? cfg_steps_i : left_q - 1'b1;
        if (chunk_end) begin
          play_q          <= !play_q;
          ready_q[play_q] <= 1'b0;
        end
        // Given away once: the filler may be done with it before the last step.
        if (soon && !given_q) free_q[play_q] <= 1'b1;
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) given_q <= 1'b0;
    else if (clear_i) given_q <= 1'b0;
    else if (play_i) given_q <= soon && !chunk_end;
  end

  assign free_o  = free_q[fill_q];
  assign ready_o = ready_q[play_q];

  logic                         half_q;
  logic [RowWidth-1:0]          index_q;
  logic                         play_q2;
  logic [Rows*StepBits-1:0]     act_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) play_q2 <= 1'b0;
    else play_q2 <= play_i;
  end

  always_ff @(posedge clk_i) begin
    if (play_i) begin
      half_q  <= play_q;
      index_q <= step_q;
    end
  end

  for (genvar r = 0; r < Rows; r++) begin : gen_row
    logic [Rows*StepBits-1:0] low_q, high_q;

    always_ff @(posedge clk_i) begin
      if (vec_valid_i && (vec_row_i == RowWidth'(r))) begin
        if (land_q) high_q <= vec_i;
        else low_q <= vec_i;
      end
      if (play_q2) begin
        act_q[r*StepBits +: StepBits] <= half_q ? high_q[32'(index_q)*StepBits +: StepBits] :
                                                  low_q[32'(index_q)*StepBits +: StepBits];
      end
    end
  end

  assign act_o = act_q;

endmodule
