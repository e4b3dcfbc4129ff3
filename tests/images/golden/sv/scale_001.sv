// scale ROM of column 1: 3 words of 43 bits
// network tiny, hardware tiny2
module napier_scale_001 (
  input  logic [1:0] addr_i,
  output logic [42:0] data_o
);

  always_comb begin
    case (addr_i)
      2'h0: data_o = 43'h02341a246eb;
      2'h1: data_o = 43'h00000000000;
      2'h2: data_o = 43'h0236757f507;
      default: data_o = '0;
    endcase
  end

endmodule
