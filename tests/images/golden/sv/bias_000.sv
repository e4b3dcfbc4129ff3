// bias ROM of column 0: 3 words of 20 bits
// network tiny, hardware tiny2
module napier_bias_000 (
  input  logic [1:0] addr_i,
  output logic [19:0] data_o
);

  always_comb begin
    case (addr_i)
      2'h0: data_o = 20'h00f2e;
      2'h1: data_o = 20'h009bd;
      2'h2: data_o = 20'h0032a;
      default: data_o = '0;
    endcase
  end

endmodule
