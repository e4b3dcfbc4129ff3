// A word with check bits: single errors can be corrected, double errors detected. Combinational.
//
//   code_o = { parity, check[CheckBits-1:0], data_i }
//
// Data bit i stands for the i-th number from 3 on that is no power of two (3, 5, 6, 7, 9, ...).
// Check bit j is the parity of the data bits whose number has bit j; the parity bit makes that of
// the whole code even. codegen/secded.c is its twin in C.
module npu_secded_enc #(
  parameter int Width     = 8,
  // derived: do not set; the smallest with 2**CheckBits > Width + CheckBits
  parameter int CheckBits = (Width <= 1)    ? 2  : (Width <= 4)    ? 3  : (Width <= 11)   ? 4  :
                            (Width <= 26)   ? 5  : (Width <= 57)   ? 6  : (Width <= 120)  ? 7  :
                            (Width <= 247)  ? 8  : (Width <= 502)  ? 9  : (Width <= 1013) ? 10 :
                            (Width <= 2036) ? 11 : (Width <= 4083) ? 12 : (Width <= 8178) ? 13 :
                            (Width <= 16369) ? 14 : 15
) (
  input  logic [Width-1:0]           data_i,
  output logic [Width+CheckBits:0]   code_o
);

  // Bit i: does the number of data bit i have bit j?
  function automatic [Width-1:0] mask(input integer j);
    integer i;
    integer number;
    integer power;
    number = 3;
    power  = 4;
    mask   = '0;
    for (i = 0; i < Width; i = i + 1) begin
      mask[i] = 1'((number >> j) & 1);
      number  = number + 1;
      if (number == power) begin
        number = number + 1;
        power  = power * 2;
      end
    end
  endfunction

  logic [CheckBits-1:0] check;

  for (genvar j = 0; j < CheckBits; j = j + 1) begin : gen_check
    localparam logic [Width-1:0] Mask = mask(j);
    assign check[j] = ^(data_i & Mask);
  end

  assign code_o = {^{check, data_i}, check, data_i};

endmodule
