// For all data and all errors of no, one or two bits: the decoder gives the data, or says that it
// cannot. bad_o is never 1.
module prove_secded #(
  parameter int Width     = 8,
  parameter int CheckBits = 4,
  // derived: do not set
  parameter int Bits      = Width + CheckBits + 1,
  parameter int Index     = $clog2(Bits + 1)
) (
  input  logic [Width-1:0] data_i,
  input  logic [Index-1:0] first_i,   // bits to flip; beyond the last: none
  input  logic [Index-1:0] second_i,
  output logic             bad_o
);

  logic [Bits-1:0]  code;
  logic [Bits-1:0]  wrong;
  logic [Width-1:0] data;
  logic             corrected;
  logic             uncorrectable;
  logic             one;
  logic             two;

  npu_secded_enc #(.Width(Width)) u_enc (.data_i(data_i), .code_o(code));

  for (genvar i = 0; i < Bits; i = i + 1) begin : gen_flip
    assign wrong[i] = (first_i == i) ^ (second_i == i);
  end

  npu_secded_dec #(.Width(Width)) u_dec (
    .code_i(code ^ wrong),
    .data_o(data),
    .corrected_o(corrected),
    .uncorrectable_o(uncorrectable)
  );

  assign two = (first_i < Bits) && (second_i < Bits) && (first_i != second_i);
  assign one = (first_i < Bits) ^ (second_i < Bits);

  always_comb begin
    if (two) bad_o = !uncorrectable || corrected || (data != (data_i ^ wrong[Width-1:0]));
    else bad_o = uncorrectable || (corrected != one) || (data != data_i) || (^code);
  end

endmodule
