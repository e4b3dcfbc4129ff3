// weight ROM of column 1: 10 words of 10 bits
// network tiny, hardware tiny2
module napier_weight_001 (
  input  logic [3:0] addr_i,
  output logic [9:0] data_o
);

  always_comb begin
    case (addr_i)
      4'h0: data_o = 10'h1e3;
      4'h1: data_o = 10'h1e9;
      4'h2: data_o = 10'h000;
      4'h3: data_o = 10'h000;
      4'h4: data_o = 10'h346;
      4'h5: data_o = 10'h3f2;
      4'h6: data_o = 10'h166;
      4'h7: data_o = 10'h2a6;
      4'h8: data_o = 10'h0af;
      4'h9: data_o = 10'h311;
      default: data_o = '0;
    endcase
  end

endmodule
