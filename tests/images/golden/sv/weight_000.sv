// weight ROM of column 0: 10 words of 10 bits
// network tiny, hardware tiny2
module napier_weight_000 (
  input  logic [3:0] addr_i,
  output logic [9:0] data_o
);

  always_comb begin
    case (addr_i)
      4'h0: data_o = 10'h1e1;
      4'h1: data_o = 10'h151;
      4'h2: data_o = 10'h1e6;
      4'h3: data_o = 10'h13f;
      4'h4: data_o = 10'h232;
      4'h5: data_o = 10'h380;
      4'h6: data_o = 10'h0a7;
      4'h7: data_o = 10'h28c;
      4'h8: data_o = 10'h122;
      4'h9: data_o = 10'h249;
      default: data_o = '0;
    endcase
  end

endmodule
