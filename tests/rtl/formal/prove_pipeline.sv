// npu_requant's four registers: data_o is what its datapath (npu_requant_wires, the same file with
// registers as wires) makes of the inputs of four edges ago, and stays when those were not valid.
// double_round counts one edge after valid_i, zero point and limits three, for nothing keeps them.
// By induction over any number of cycles, from a reset in which all is 0.
module prove_pipeline #(
  parameter int AccWidth   = 3,
  parameter int MultWidth  = 3,
  parameter int ShiftWidth = 2,
  parameter int ActWidth   = 2,
  parameter int Rounding   = 0
) (
  input  logic                        clk_i,
  input  logic                        valid_i,
  input  logic                        double_round_i,
  input  logic signed [AccWidth-1:0]  acc_i,
  input  logic signed [MultWidth-1:0] mult_i,
  input  logic [ShiftWidth-1:0]       shift_i,
  input  logic signed [ActWidth:0]    out_zp_i,
  input  logic signed [ActWidth:0]    act_min_i,
  input  logic signed [ActWidth:0]    act_max_i,

  output logic                        bad_o
);

  localparam int InWidth = 1 + AccWidth + MultWidth + ShiftWidth;

  logic [InWidth-1:0]          in_q, in_q2, in_q3;
  logic [2:0]                  later_q;
  logic                        double_q2, double_q3;
  logic                        valid;
  logic signed [AccWidth-1:0]  acc;
  logic signed [MultWidth-1:0] mult;
  logic [ShiftWidth-1:0]       shift;
  logic [ActWidth-1:0]         data, data_now, data_q;

  always_ff @(posedge clk_i) begin
    later_q   <= {later_q[1:0], valid_i};
    in_q      <= {valid_i, acc_i, mult_i, shift_i};
    in_q2     <= in_q;
    in_q3     <= in_q2;
    double_q2 <= double_round_i;
    double_q3 <= double_q2;
    if (valid) data_q <= data_now;
  end

  assign {valid, acc, mult, shift} = in_q3;

  npu_requant #(
    .AccWidth   ( AccWidth   ),
    .MultWidth  ( MultWidth  ),
    .ShiftWidth ( ShiftWidth ),
    .ActWidth   ( ActWidth   ),
    .Rounding   ( Rounding   )
  ) u_requant (
    .clk_i          ( clk_i          ),
    .valid_i        ( valid_i        ),
    .later_i        ( later_q        ),
    .double_round_i ( double_round_i ),
    .acc_i          ( acc_i          ),
    .mult_i         ( mult_i         ),
    .shift_i        ( shift_i        ),
    .out_zp_i       ( out_zp_i       ),
    .act_min_i      ( act_min_i      ),
    .act_max_i      ( act_max_i      ),
    .data_o         ( data           )
  );

  npu_requant_wires #(
    .AccWidth   ( AccWidth   ),
    .MultWidth  ( MultWidth  ),
    .ShiftWidth ( ShiftWidth ),
    .ActWidth   ( ActWidth   ),
    .Rounding   ( Rounding   )
  ) u_wires (
    .clk_i          ( 1'b0      ),
    .valid_i        ( 1'b1      ),
    .later_i        ( 3'b111    ),
    .double_round_i ( double_q3 ),
    .acc_i          ( acc       ),
    .mult_i         ( mult      ),
    .shift_i        ( shift     ),
    .out_zp_i       ( out_zp_i  ),
    .act_min_i      ( act_min_i ),
    .act_max_i      ( act_max_i ),
    .data_o         ( data_now  )
  );

  assign bad_o = data != data_q;

endmodule
