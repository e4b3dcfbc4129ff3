// Bound to npu_requant: data_o is fx_requantize of the inputs of four edges ago, and stays until
// the next result. double_round counts one edge after valid_i, zero point and limits three.
module check_requant #(
  parameter int AccWidth   = 32,
  parameter int MultWidth  = 32,
  parameter int ShiftWidth = 6,
  parameter int ActWidth   = 8,
  parameter int Rounding   = 0
) (
  input logic                        clk_i,
  input logic                        valid_i,
  input logic                        double_round_i,
  input logic signed [AccWidth-1:0]  acc_i,
  input logic signed [MultWidth-1:0] mult_i,
  input logic [ShiftWidth-1:0]       shift_i,
  input logic signed [ActWidth:0]    out_zp_i,
  input logic signed [ActWidth:0]    act_min_i,
  input logic signed [ActWidth:0]    act_max_i,
  input logic [ActWidth-1:0]         data_o
);

  import fx_dpi_pkg::*;

  typedef struct packed {
    logic signed [AccWidth-1:0]  acc;
    logic signed [MultWidth-1:0] mult;
    logic [ShiftWidth-1:0]       shift;
  } in_t;

  typedef struct packed {
    in_t                    in;
    logic                   double_round;
    logic signed [ActWidth:0] zp, min, max;
  } done_t;

  logic [3:1]          valid_q = '0;
  in_t                 in_q, in_q2, in_q3;
  logic                double_q2, double_q3;
  logic                known_q = 1'b0;
  logic [ActWidth-1:0] expected_q;
  done_t               done_q;           // the inputs that expected_q is of

  always_ff @(posedge clk_i) begin
    automatic int code;

    valid_q   <= {valid_q[2:1], valid_i};
    in_q      <= '{acc: acc_i, mult: mult_i, shift: shift_i};
    in_q2     <= in_q;
    in_q3     <= in_q2;
    double_q2 <= double_round_i;
    double_q3 <= double_q2;

    if (known_q && data_o != expected_q) begin
      if (fx_dpi_first()) begin
        $error("%m: acc %0d mult %0d shift %0d double_round %0d rounding %0d zero point %0d limits %0d %0d: %h, fx_requantize %h, seed %0d",
               done_q.in.acc, done_q.in.mult, done_q.in.shift, done_q.double_round, Rounding,
               done_q.zp, done_q.min, done_q.max, data_o, expected_q, fx_dpi_seed());
      end
    end

    if (valid_q[3]) begin
      code = fx_dpi_requantize(64'(in_q3.acc), 32'(in_q3.mult), 32'(in_q3.shift), double_q3,
                               Rounding, 32'(out_zp_i), 32'(act_min_i), 32'(act_max_i));
      expected_q <= code[ActWidth-1:0];
      known_q    <= 1'b1;
      done_q     <= '{in: in_q3, double_round: double_q3, zp: out_zp_i, min: act_min_i,
                      max: act_max_i};
    end
  end

endmodule
