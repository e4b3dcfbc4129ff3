// The host port: an AXI4-Lite slave in front of the registers, the layers' results and a window
// on the activation memory (docs/registers.md has the map). One write and one read at a time;
// address and data of a write may come in any order.
//
// The window belongs to the layers while the core is busy: accesses then answer SLVERR, as do
// unmapped addresses, writes to read-only words and half-written elements.
module npu_host #(
  parameter int Rows           = 4,
  parameter int Cols           = 4,
  parameter int Lanes          = 1,
  parameter int Dataflow       = 0,
  parameter int ActWidth       = 8,
  parameter int ActSigned      = 1,
  parameter int Banks          = 16,
  parameter int Depth          = 1024,
  parameter int CycleWidth     = 48,
  parameter int EventWidth     = 48,
  parameter int TableAddrWidth = 4,
  // derived: do not set
  parameter int ElemWidth      = $clog2(Banks * Depth),
  parameter int TableWidth     = CycleWidth + EventWidth + 56
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,

  input  logic                      axi_awvalid_i,
  output logic                      axi_awready_o,
  input  logic [23:0]               axi_awaddr_i,
  input  logic [2:0]                axi_awprot_i,
  input  logic                      axi_wvalid_i,
  output logic                      axi_wready_o,
  input  logic [31:0]               axi_wdata_i,
  input  logic [3:0]                axi_wstrb_i,
  output logic                      axi_bvalid_o,
  input  logic                      axi_bready_i,
  output logic [1:0]                axi_bresp_o,
  input  logic                      axi_arvalid_i,
  output logic                      axi_arready_o,
  input  logic [23:0]               axi_araddr_i,
  input  logic [2:0]                axi_arprot_i,
  output logic                      axi_rvalid_o,
  input  logic                      axi_rready_i,
  output logic [31:0]               axi_rdata_o,
  output logic [1:0]                axi_rresp_o,
  output logic                      irq_o,

  output logic                      start_o,
  output logic                      verify_o,        // with start_o
  output logic                      abort_o,
  output logic [31:0]               weight_words_o,
  output logic [31:0]               param_words_o,
  output logic                      clear_o,
  input  logic                      busy_i,
  input  logic                      done_i,
  input  logic                      failed_i,
  input  logic [3:0]                code_i,
  input  logic                      end_i,
  input  logic [15:0]               index_i,
  input  logic [15:0]               finished_i,
  input  logic [31:0]               digest_i,
  input  logic [31:0]               count_i,
  input  logic [31:0]               program_crc_i,
  input  logic [31:0]               image_crc_i,
  input  logic [CycleWidth-1:0]     cycles_i,

  output logic                      table_re_o,
  output logic [TableAddrWidth-1:0] table_addr_o,
  input  logic [TableWidth-1:0]     table_data_i,

  output logic                      mem_re_o,
  output logic                      mem_we_o,
  output logic [ElemWidth-1:0]      mem_addr_o,
  input  logic [Banks*ActWidth-1:0] mem_rdata_i,
  output logic [Banks-1:0]          mem_wmask_o,
  output logic [Banks*ActWidth-1:0] mem_wdata_o
);

  localparam logic [1:0] Okay = 2'b00, SlaveError = 2'b10;

  // Elements of a bus word, and their size in bits.
  localparam int PerWord = (ActWidth > 8) ? 2 : 4;
  localparam int Size    = 32 / PerWord;
  localparam int Bytes   = Size / 8;
  localparam logic [63:0] Elements = 64'(Banks) * 64'(Depth);
  localparam int TableLast = (1 << TableAddrWidth);

  //////////////
  // The maps //
  //////////////

  // What npu_regs makes of the addresses of a write and of a read.
  logic        write_window, write_ctrl_reg, write_enable_reg, write_status_reg;
  logic        write_weight_words_reg, write_param_words_reg;
  logic        wdata_start, wdata_clear, wdata_verify, wdata_abort, wdata_enable, wdata_end;
  logic        read_window, read_table, regs_ok;
  logic [31:0] regs_rdata;

  logic        irq_enable_q, irq_q;
  logic [31:0] weight_words_q, param_words_q;

  ////////////
  // Writes //
  ////////////

  logic        aw_full_q, w_full_q, bvalid_q;
  logic [23:0] awaddr_q;
  logic [31:0] wdata_q;
  logic [3:0]  wstrb_q;
  logic [1:0]  bresp_q;

  logic        write, write_ok, whole;
  logic [22:0] write_elem;
  logic [PerWord-1:0] lane_any, lane_all;

  assign write      = aw_full_q && w_full_q && (!bvalid_q || axi_bready_i);
  assign write_elem = (Bytes == 1) ? {awaddr_q[22:2], 2'b00} : {1'b0, awaddr_q[22:2], 1'b0};

  for (genvar i = 0; i < PerWord; i++) begin : gen_lane
    assign lane_any[i] = |wstrb_q[i*Bytes +: Bytes];
    assign lane_all[i] = &wstrb_q[i*Bytes +: Bytes];
  end

  assign whole = (lane_any == lane_all);

  // Registers use their lowest byte only, sizes whole words.
  logic write_low, start, write_ctrl, write_enable, write_status, write_sizes;

  assign write_low    = !write_window && wstrb_q[0];
  assign write_ctrl   = write_low && write_ctrl_reg;
  assign write_enable = write_low && write_enable_reg;
  assign write_status = write_low && write_status_reg;
  assign write_sizes  = (&wstrb_q) && (write_weight_words_reg || write_param_words_reg);
  assign start        = write_ctrl && (wdata_start || wdata_verify);
  assign start_o      = write && start;
  assign verify_o     = !wdata_start;
  assign abort_o      = write && write_ctrl && wdata_abort;
  assign clear_o      = write && write_ctrl && wdata_clear;

  always_comb begin
    write_ok = 1'b0;
    if (write_window) begin
      write_ok = !busy_i && whole && (64'(write_elem) < Elements);
    end else begin
      write_ok = write_ctrl_reg || write_enable_reg || write_status_reg || write_sizes;
      if (busy_i && (start || write_sizes)) write_ok = 1'b0;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      aw_full_q <= 1'b0;
      w_full_q  <= 1'b0;
      bvalid_q  <= 1'b0;
      awaddr_q  <= '0;
      wdata_q   <= '0;
      wstrb_q   <= '0;
      bresp_q   <= Okay;
    end else begin
      if (axi_awvalid_i && axi_awready_o) begin
        aw_full_q <= 1'b1;
        awaddr_q  <= axi_awaddr_i;
      end else if (write) begin
        aw_full_q <= 1'b0;
      end
      if (axi_wvalid_i && axi_wready_o) begin
        w_full_q <= 1'b1;
        wdata_q  <= axi_wdata_i;
        wstrb_q  <= axi_wstrb_i;
      end else if (write) begin
        w_full_q <= 1'b0;
      end
      if (write) begin
        bvalid_q <= 1'b1;
        bresp_q  <= write_ok ? Okay : SlaveError;
      end else if (axi_bready_i) begin
        bvalid_q <= 1'b0;
      end
    end
  end

  assign axi_awready_o = !aw_full_q;
  assign axi_wready_o  = !w_full_q;
  assign axi_bvalid_o  = bvalid_q;
  assign axi_bresp_o   = bresp_q;

  // Registers.
  logic set_enable, clear_irq;

  assign set_enable = write && write_enable;
  assign clear_irq  = clear_o || (write && write_status && wdata_end);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      irq_enable_q   <= 1'b0;
      irq_q          <= 1'b0;
      weight_words_q <= '0;
      param_words_q  <= '0;
    end else begin
      if (write && write_sizes && !busy_i) begin
        if (write_weight_words_reg) weight_words_q <= wdata_q;
        else param_words_q <= wdata_q;
      end
      if (set_enable) irq_enable_q <= wdata_enable;
      if (end_i) irq_q <= 1'b1;
      else if (clear_irq) irq_q <= 1'b0;
    end
  end

  assign irq_o          = irq_q && irq_enable_q;
  assign weight_words_o = weight_words_q;
  assign param_words_o  = param_words_q;

  ///////////
  // Reads //
  ///////////

  // ar: the address is taken, memories are read; [1] the answer is chosen; [2] it is offered.
  logic        read_q, rvalid_q;
  logic [23:0] araddr_q;
  logic [31:0] rdata_q, rdata;
  logic [1:0]  rresp_q;
  logic        read_ok, busy_at_q;
  logic [22:0] read_elem, read_elem_q;
  logic        take;

  assign axi_arready_o = !read_q && !rvalid_q && !write;
  assign take          = axi_arvalid_i && axi_arready_o;
  assign read_elem     = (Bytes == 1) ? {axi_araddr_i[22:2], 2'b00} :
                                        {1'b0, axi_araddr_i[22:2], 1'b0};
  assign read_elem_q   = (Bytes == 1) ? {araddr_q[22:2], 2'b00} : {1'b0, araddr_q[22:2], 1'b0};

  assign table_re_o   = take;
  assign table_addr_o = TableAddrWidth'(axi_araddr_i[15:5]);

  assign mem_re_o   = take && axi_araddr_i[23] && !busy_i && (64'(read_elem) < Elements);
  assign mem_we_o   = write && write_window && write_ok;
  assign mem_addr_o = mem_we_o ? ElemWidth'(write_elem) : ElemWidth'(read_elem);

  assign mem_wmask_o = Banks'(lane_all);

  logic [PerWord*ActWidth-1:0] write_codes;

  for (genvar i = 0; i < PerWord; i++) begin : gen_write
    assign write_codes[i*ActWidth +: ActWidth] = wdata_q[i*Size +: ActWidth];
  end

  assign mem_wdata_o = (Banks*ActWidth)'(write_codes);

  // The window's word: elements from a bank that is a multiple of PerWord.
  logic [31:0]                 window;
  logic [$clog2(Banks)-1:0]    window_bank;
  logic [PerWord*ActWidth-1:0] window_codes;

  assign window_bank  = ($clog2(Banks))'(read_elem_q);
  assign window_codes = mem_rdata_i[32'(window_bank)*ActWidth +: PerWord*ActWidth];

  for (genvar i = 0; i < PerWord; i++) begin : gen_code
    if (ActSigned != 0) begin : gen_signed
      assign window[i*Size +: Size] = Size'($signed(window_codes[i*ActWidth +: ActWidth]));
    end else begin : gen_unsigned
      assign window[i*Size +: Size] = Size'(window_codes[i*ActWidth +: ActWidth]);
    end
  end

  logic [63:0] cycles, table_cycles, table_events;

  assign cycles       = 64'(cycles_i);
  assign table_cycles = 64'(table_data_i[CycleWidth-1:0]);
  assign table_events = 64'(table_data_i[CycleWidth +: EventWidth]);

  logic window_ok, table_ok;

  assign window_ok = !busy_at_q && (64'(read_elem_q) < Elements);
  assign table_ok  = !read_table || (32'(araddr_q[15:5]) < 32'(TableLast));

  npu_regs u_regs (
    .write_word_i            ( awaddr_q[23:2]   ),
    .wdata_i                 ( wdata_q[7:0]     ),
    .write_window_o          ( write_window     ),
    .write_ctrl_o            ( write_ctrl_reg   ),
    .wdata_ctrl_start_o      ( wdata_start      ),
    .wdata_ctrl_clear_o      ( wdata_clear      ),
    .wdata_ctrl_verify_o     ( wdata_verify     ),
    .wdata_ctrl_abort_o      ( wdata_abort      ),
    .write_irq_enable_o      ( write_enable_reg ),
    .wdata_irq_enable_end_o  ( wdata_enable     ),
    .write_irq_status_o      ( write_status_reg ),
    .wdata_irq_status_end_o  ( wdata_end        ),
    .write_weight_words_o    ( write_weight_words_reg ),
    .write_param_words_o     ( write_param_words_reg  ),
    .read_word_i             ( araddr_q[23:2]   ),
    .read_window_o           ( read_window      ),
    .read_layer_o            ( read_table       ),
    .ok_o                    ( regs_ok          ),
    .rdata_o                 ( regs_rdata       ),
    .status_busy_i           ( busy_i           ),
    .status_done_i           ( done_i           ),
    .status_error_i          ( failed_i         ),
    .status_code_i           ( code_i           ),
    .status_index_i          ( index_i          ),
    .irq_enable_end_i        ( irq_enable_q     ),
    .irq_status_end_i        ( irq_q            ),
    .cycles_low_i            ( cycles[31:0]     ),
    .cycles_high_i           ( cycles[63:32]    ),
    .finished_i              ( 32'(finished_i)  ),
    .rom_digest_i            ( digest_i         ),
    .rom_count_i             ( count_i          ),
    .act_size_i              ( 32'(Elements)    ),
    .shape_rows_i            ( 8'(Rows)         ),
    .shape_cols_i            ( 8'(Cols)         ),
    .shape_lanes_i           ( 8'(Lanes)        ),
    .shape_dataflow_i        ( 8'(Dataflow)     ),
    .weight_words_i          ( weight_words_q   ),
    .param_words_i           ( param_words_q    ),
    .program_crc_i           ( program_crc_i    ),
    .image_crc_i             ( image_crc_i      ),
    .layer_cycles_low_i      ( table_cycles[31:0]                          ),
    .layer_cycles_high_i     ( table_cycles[63:32]                         ),
    .layer_overflows_low_i   ( table_events[31:0]                          ),
    .layer_overflows_high_i  ( table_events[63:32]                         ),
    .layer_signature_i       ( table_data_i[CycleWidth+EventWidth +: 32]   ),
    .layer_info_op_i         ( table_data_i[TableWidth-17 -: 8]            ),
    .layer_info_layer_i      ( table_data_i[TableWidth-1 -: 16]            )
  );

  assign read_ok = read_window ? window_ok : regs_ok && table_ok;
  assign rdata   = !read_ok ? '0 : read_window ? window : regs_rdata;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      read_q    <= 1'b0;
      rvalid_q  <= 1'b0;
      araddr_q  <= '0;
      busy_at_q <= 1'b0;
      rdata_q   <= '0;
      rresp_q   <= Okay;
    end else begin
      read_q <= take;
      if (take) begin
        araddr_q  <= axi_araddr_i;
        busy_at_q <= busy_i;
      end
      if (read_q) begin
        rvalid_q <= 1'b1;
        rdata_q  <= rdata;
        rresp_q  <= read_ok ? Okay : SlaveError;
      end else if (axi_rready_i) begin
        rvalid_q <= 1'b0;
      end
    end
  end

  assign axi_rvalid_o = rvalid_q;
  assign axi_rdata_o  = rdata_q;
  assign axi_rresp_o  = rresp_q;

  logic unused;
  assign unused = ^{axi_awprot_i, axi_arprot_i, awaddr_q[1:0], araddr_q[1:0], axi_araddr_i,
                    write_elem, read_elem, wdata_q};

endmodule
