// scale ROM of column 0: 3 words of 43 bits
// network tiny, hardware tiny2
module napier_scale_000 (
  input  logic [1:0] addr_i,
  output logic [42:0] data_o
);

  always_comb begin
    case (addr_i)
      2'h0: data_o = 43'h02346156a19;
      2'h1: data_o = 43'h0247824b5e2;
      2'h2: data_o = 43'h0236e5994d4;
      default: data_o = '0;
    endcase
  end

endmodule
