// Corrects one wrong bit of a word with check bits (npu_secded_enc), in data, check bits or parity,
// and says so; notices any two, and hands the data on as they are. Combinational. Three and more
// wrong bits may pass for one. It does not write the corrected word back.
module npu_secded_dec #(
  parameter int Width     = 8,
  // derived: do not set; as in npu_secded_enc
  parameter int CheckBits = (Width <= 1)    ? 2  : (Width <= 4)    ? 3  : (Width <= 11)   ? 4  :
                            (Width <= 26)   ? 5  : (Width <= 57)   ? 6  : (Width <= 120)  ? 7  :
                            (Width <= 247)  ? 8  : (Width <= 502)  ? 9  : (Width <= 1013) ? 10 :
                            (Width <= 2036) ? 11 : (Width <= 4083) ? 12 : (Width <= 8178) ? 13 :
                            (Width <= 16369) ? 14 : 15
) (
  input  logic [Width+CheckBits:0]   code_i,

  output logic [Width-1:0]           data_o,
  output logic                       corrected_o,
  output logic                       uncorrectable_o
);

  // The number of data bit i, as the encoder has it.
  function automatic [CheckBits-1:0] number_of(input integer i);
    integer number;
    integer power;
    // Each power of two up to it moves a number on by one.
    number = i + 1;
    for (power = 1; power <= Width + CheckBits; power = power * 2) begin
      if (number >= power) number = number + 1;
    end
    number_of = CheckBits'(number);
  endfunction

  logic [Width+CheckBits:0] again;
  logic [CheckBits-1:0]     syndrome;
  logic                     odd;
  logic                     valid;
  logic [Width-1:0]         match;

  npu_secded_enc #(
    .Width(Width)
  ) u_enc (
    .data_i(code_i[Width-1:0]),
    .code_o(again)
  );

  assign syndrome = again[Width +: CheckBits] ^ code_i[Width +: CheckBits];
  assign odd      = ^code_i;

  // A power of two is a check bit's number, none at all the parity bit's.
  assign valid = ((syndrome & (syndrome - 1'b1)) == '0) || (match != '0);

  for (genvar i = 0; i < Width; i = i + 1) begin : gen_match
    localparam logic [CheckBits-1:0] Number = number_of(i);
    assign match[i] = syndrome == Number;
  end

  assign data_o          = code_i[Width-1:0] ^ (match & {Width{odd}});
  assign corrected_o     = odd && valid;
  assign uncorrectable_o = odd ? !valid : (syndrome != '0);

  logic unused;
  assign unused = ^{again[Width+CheckBits], again[Width-1:0]};

endmodule
