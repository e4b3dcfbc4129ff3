// Which register an address is, and what a register reads: the decoder of npu_host. Addresses
// are those of 32-bit words. It stores nothing and knows no bus.
//
// Written by 'napier rom --registers sv' from the table in codegen/regs.c: do not edit.
module npu_regs (
  input  logic [21:0] write_word_i,
  input  logic [7:0]  wdata_i,
  output logic        write_window_o,
  output logic        write_ctrl_o,
  output logic        wdata_ctrl_start_o,
  output logic        wdata_ctrl_clear_o,
  output logic        wdata_ctrl_verify_o,
  output logic        wdata_ctrl_abort_o,
  output logic        write_irq_enable_o,
  output logic        wdata_irq_enable_end_o,
  output logic        write_irq_status_o,
  output logic        wdata_irq_status_end_o,
  output logic        write_weight_words_o,
  output logic        write_param_words_o,

  input  logic [21:0] read_word_i,
  output logic        read_window_o,
  output logic        read_layer_o,
  output logic        ok_o,
  output logic [31:0] rdata_o,
  input  logic        status_busy_i,
  input  logic        status_done_i,
  input  logic        status_error_i,
  input  logic [3:0]  status_code_i,
  input  logic [15:0] status_index_i,
  input  logic        irq_enable_end_i,
  input  logic        irq_status_end_i,
  input  logic [31:0] cycles_low_i,
  input  logic [31:0] cycles_high_i,
  input  logic [31:0] finished_i,
  input  logic [31:0] rom_digest_i,
  input  logic [31:0] rom_count_i,
  input  logic [31:0] act_size_i,
  input  logic [7:0]  shape_rows_i,
  input  logic [7:0]  shape_cols_i,
  input  logic [7:0]  shape_lanes_i,
  input  logic [7:0]  shape_dataflow_i,
  input  logic [31:0] weight_words_i,
  input  logic [31:0] param_words_i,
  input  logic [31:0] program_crc_i,
  input  logic [31:0] image_crc_i,
  input  logic [31:0] layer_cycles_low_i,
  input  logic [31:0] layer_cycles_high_i,
  input  logic [31:0] layer_overflows_low_i,
  input  logic [31:0] layer_overflows_high_i,
  input  logic [31:0] layer_signature_i,
  input  logic [7:0]  layer_info_op_i,
  input  logic [15:0] layer_info_layer_i
);

  assign write_window_o = write_word_i[21];
  assign write_ctrl_o = (write_word_i == 22'd2);
  assign wdata_ctrl_start_o = wdata_i[0];
  assign wdata_ctrl_clear_o = wdata_i[1];
  assign wdata_ctrl_verify_o = wdata_i[2];
  assign wdata_ctrl_abort_o = wdata_i[3];
  assign write_irq_enable_o = (write_word_i == 22'd4);
  assign wdata_irq_enable_end_o = wdata_i[0];
  assign write_irq_status_o = (write_word_i == 22'd5);
  assign wdata_irq_status_end_o = wdata_i[0];
  assign write_weight_words_o = (write_word_i == 22'd13);
  assign write_param_words_o = (write_word_i == 22'd14);

  assign read_window_o = read_word_i[21];
  assign read_layer_o  = (read_word_i[21:14] == 8'd1);

  logic [2:0] layer_word;
  assign layer_word = read_word_i[2:0];

  always_comb begin
    rdata_o = '0;
    ok_o    = 1'b1;
    if (read_layer_o) begin
      case (layer_word)
        3'd0: rdata_o = layer_cycles_low_i;
        3'd1: rdata_o = layer_cycles_high_i;
        3'd2: rdata_o = layer_overflows_low_i;
        3'd3: rdata_o = layer_overflows_high_i;
        3'd4: rdata_o = layer_signature_i;
        3'd5: rdata_o = {layer_info_layer_i, 8'd0, layer_info_op_i};
        default: ok_o = 1'b0;
      endcase
    end else begin
      case (read_word_i)
        22'd0: rdata_o = 32'h3149504e;
        22'd1: rdata_o = 32'h00000002;
        22'd2: rdata_o = '0;
        22'd3: rdata_o = 
            {status_index_i, 4'd0, status_code_i, 5'd0, status_error_i, status_done_i, status_busy_i};
        22'd4: rdata_o = {31'd0, irq_enable_end_i};
        22'd5: rdata_o = {31'd0, irq_status_end_i};
        22'd6: rdata_o = cycles_low_i;
        22'd7: rdata_o = cycles_high_i;
        22'd8: rdata_o = finished_i;
        22'd9: rdata_o = rom_digest_i;
        22'd10: rdata_o = rom_count_i;
        22'd11: rdata_o = act_size_i;
        22'd12: rdata_o = {shape_dataflow_i, shape_lanes_i, shape_cols_i, shape_rows_i};
        22'd13: rdata_o = weight_words_i;
        22'd14: rdata_o = param_words_i;
        22'd15: rdata_o = program_crc_i;
        22'd16: rdata_o = image_crc_i;
        default: ok_o = 1'b0;
      endcase
    end
  end

  logic unused;
  assign unused = ^wdata_i;

endmodule
