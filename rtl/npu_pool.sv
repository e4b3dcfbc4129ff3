// One column's pooling: the greatest code of a window, or their sum in the accumulator's format,
// checked after every addition. It does not divide and does not know the window.
module npu_pool #(
  parameter int ActOpWidth  = 9,
  parameter int AccWidth    = 32,
  parameter int AccOverflow = 0,   // as npu_overflow
  parameter int AccWrapBits = 0,
  // derived: do not set
  parameter int PoolWidth   = (AccWidth > ActOpWidth) ? AccWidth : ActOpWidth
) (
  input  logic                         clk_i,

  input  logic                         valid_i,    // code_i counts
  input  logic                         first_i,    // forget what was before
  input  logic                         average_i,

  input  logic signed [ActOpWidth-1:0] code_i,

  output logic signed [PoolWidth-1:0]  result_o,
  output logic                         overflow_o  // of the step that gave result_o
);

  localparam logic signed [PoolWidth-1:0] Least = PoolWidth'($signed({1'b1, {(ActOpWidth-1){1'b0}}}));

  logic signed [PoolWidth-1:0] old, result_q;
  logic signed [PoolWidth:0]   sum;
  logic signed [AccWidth-1:0]  reduced;
  logic                        overflow, overflow_q;

  always_comb begin
    old = '0;
    sum = '0;
    if (valid_i || first_i) begin
      old = !first_i ? result_q : average_i ? '0 : Least;
      sum = (PoolWidth+1)'(old) + (PoolWidth+1)'(code_i);
    end
  end

  npu_overflow #(
    .InWidth  ( PoolWidth + 1 ),
    .OutWidth ( AccWidth      ),
    .Mode     ( AccOverflow   ),
    .WrapBits ( AccWrapBits   )
  ) u_overflow (
    .value_i    ( sum      ),
    .value_o    ( reduced  ),
    .overflow_o ( overflow )
  );

  always_ff @(posedge clk_i) begin
    if (valid_i || first_i) begin
      if (!valid_i) result_q <= old;
      else if (average_i) result_q <= PoolWidth'(reduced);
      else result_q <= (PoolWidth'(code_i) > old) ? PoolWidth'(code_i) : old;
    end
    if (valid_i && average_i) overflow_q <= overflow;
    else overflow_q <= 1'b0;
  end

  assign result_o   = result_q;
  assign overflow_o = overflow_q;

endmodule
