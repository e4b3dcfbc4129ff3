// Reads lines "code data corrected uncorrectable" that C has made, and compares the decoder's
// answers; and the encoder's with the code where nothing is wrong.
module bench #(
  parameter int Width     = 8,
  parameter int CheckBits = 4
);

  logic [Width+CheckBits:0] code;
  logic [Width+CheckBits:0] again;
  logic [Width-1:0]         wanted;
  logic [Width-1:0]         data;
  logic                     corrected;
  logic                     uncorrectable;
  logic                     want_corrected;
  logic                     want_uncorrectable;

  integer fd;
  integer lines;
  integer wrong;
  string  path;

  npu_secded_enc #(.Width(Width)) u_enc (.data_i(wanted), .code_o(again));
  npu_secded_dec #(.Width(Width)) u_dec (
    .code_i(code),
    .data_o(data),
    .corrected_o(corrected),
    .uncorrectable_o(uncorrectable)
  );

  initial begin
    lines = 0;
    wrong = 0;
    if (!$value$plusargs("FILE=%s", path)) $fatal(1, "no +FILE");
    fd = $fopen(path, "r");
    while ($fscanf(fd, "%h %h %b %b\n", code, wanted, want_corrected, want_uncorrectable) == 4) begin
      #1;
      lines = lines + 1;
      if (data !== wanted || corrected !== want_corrected || uncorrectable !== want_uncorrectable
          || (!corrected && !uncorrectable && again !== code)) begin
        wrong = wrong + 1;
        $display("code %h: %h %b %b, in C %h %b %b", code, data, corrected, uncorrectable, wanted,
                 want_corrected, want_uncorrectable);
      end
    end
    $display("width %0d: %0d words, %0d differ", Width, lines, wrong);
    $finish;
  end

endmodule
