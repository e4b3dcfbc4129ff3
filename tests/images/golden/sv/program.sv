// program ROM: 72 words of 32 bits
// network tiny, hardware tiny2
module napier_program (
  input  logic [6:0] addr_i,
  output logic [31:0] data_o
);

  always_comb begin
    case (addr_i)
      7'h00: data_o = 32'h3149504e;
      7'h01: data_o = 32'h00000001;
      7'h02: data_o = 32'h00000002;
      7'h03: data_o = 32'h00000048;
      7'h04: data_o = 32'h2665a09f;
      7'h05: data_o = 32'hb7b30ca1;
      7'h06: data_o = 32'h6e8317aa;
      7'h07: data_o = 32'h03e7d927;
      7'h08: data_o = 32'h00000101;
      7'h09: data_o = 32'h00000000;
      7'h0a: data_o = 32'h00000000;
      7'h0b: data_o = 32'h00000010;
      7'h0c: data_o = 32'h00040004;
      7'h0d: data_o = 32'h00000001;
      7'h0e: data_o = 32'h00020002;
      7'h0f: data_o = 32'h00000003;
      7'h10: data_o = 32'h00020002;
      7'h11: data_o = 32'h00020002;
      7'h12: data_o = 32'h00010001;
      7'h13: data_o = 32'h00000000;
      7'h14: data_o = 32'h00000002;
      7'h15: data_o = 32'h00000004;
      7'h16: data_o = 32'h00000004;
      7'h17: data_o = 32'h00000002;
      7'h18: data_o = 32'h00000000;
      7'h19: data_o = 32'h00000000;
      7'h1a: data_o = 32'hffffff80;
      7'h1b: data_o = 32'h00000000;
      7'h1c: data_o = 32'hffffff80;
      7'h1d: data_o = 32'hffffff80;
      7'h1e: data_o = 32'h0000007f;
      7'h1f: data_o = 32'h00000000;
      7'h20: data_o = 32'h00000002;
      7'h21: data_o = 32'h00000004;
      7'h22: data_o = 32'h00000002;
      7'h23: data_o = 32'h00000008;
      7'h24: data_o = 32'h00000004;
      7'h25: data_o = 32'h00000001;
      7'h26: data_o = 32'h00000000;
      7'h27: data_o = 32'h023e9a27;
      7'h28: data_o = 32'h00020301;
      7'h29: data_o = 32'h00000010;
      7'h2a: data_o = 32'h00000000;
      7'h2b: data_o = 32'h00000000;
      7'h2c: data_o = 32'h00010001;
      7'h2d: data_o = 32'h0000000c;
      7'h2e: data_o = 32'h00010001;
      7'h2f: data_o = 32'h00000002;
      7'h30: data_o = 32'h00010001;
      7'h31: data_o = 32'h00010001;
      7'h32: data_o = 32'h00010001;
      7'h33: data_o = 32'h00000000;
      7'h34: data_o = 32'h00000006;
      7'h35: data_o = 32'h0000000c;
      7'h36: data_o = 32'h00000001;
      7'h37: data_o = 32'h00000001;
      7'h38: data_o = 32'h00000004;
      7'h39: data_o = 32'h00000002;
      7'h3a: data_o = 32'hffffff80;
      7'h3b: data_o = 32'h00000000;
      7'h3c: data_o = 32'h00000026;
      7'h3d: data_o = 32'hffffff80;
      7'h3e: data_o = 32'h0000007f;
      7'h3f: data_o = 32'h00000000;
      7'h40: data_o = 32'h0000000c;
      7'h41: data_o = 32'h0000000c;
      7'h42: data_o = 32'h0000000c;
      7'h43: data_o = 32'h0000000c;
      7'h44: data_o = 32'h0000000c;
      7'h45: data_o = 32'h0000000c;
      7'h46: data_o = 32'h00000000;
      7'h47: data_o = 32'h5f590062;
      default: data_o = '0;
    endcase
  end

endmodule
