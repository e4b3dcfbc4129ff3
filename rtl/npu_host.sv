// The host port: an AXI4-Lite slave in front of the registers, the layers' results and a window
// on the activation memory (docs/rtl/core.md has the map). One write and one read at a time;
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

  // Word numbers of registers.
  localparam logic [15:0] RegId = 16'd0, RegVersion = 16'd1, RegCtrl = 16'd2, RegStatus = 16'd3,
                          RegIrqEnable = 16'd4, RegIrqStatus = 16'd5, RegCyclesLow = 16'd6,
                          RegCyclesHigh = 16'd7, RegFinished = 16'd8, RegDigest = 16'd9,
                          RegCount = 16'd10, RegActSize = 16'd11, RegShape = 16'd12,
                          RegWeightWords = 16'd13, RegParamWords = 16'd14;

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

  logic        write, write_window, write_reg, write_ok, whole;
  logic [22:0] write_elem;
  logic [PerWord-1:0] lane_any, lane_all;

  assign write        = aw_full_q && w_full_q && (!bvalid_q || axi_bready_i);
  assign write_window = awaddr_q[23];
  assign write_reg    = (awaddr_q[23:18] == '0);
  assign write_elem   = (Bytes == 1) ? {awaddr_q[22:2], 2'b00} : {1'b0, awaddr_q[22:2], 1'b0};

  for (genvar i = 0; i < PerWord; i++) begin : gen_lane
    assign lane_any[i] = |wstrb_q[i*Bytes +: Bytes];
    assign lane_all[i] = &wstrb_q[i*Bytes +: Bytes];
  end

  assign whole = (lane_any == lane_all);

  // Registers use their lowest byte only, sizes whole words.
  logic [15:0] write_word;
  logic        write_low, start, write_ctrl, write_enable, write_status, write_sizes;

  assign write_word   = awaddr_q[17:2];
  assign write_low    = !write_window && write_reg && wstrb_q[0];
  assign write_ctrl   = write_low && (write_word == RegCtrl);
  assign write_enable = write_low && (write_word == RegIrqEnable);
  assign write_status = write_low && (write_word == RegIrqStatus);
  assign write_sizes  = !write_window && write_reg && (&wstrb_q) &&
                        ((write_word == RegWeightWords) || (write_word == RegParamWords));
  assign start        = write_ctrl && (wdata_q[0] || wdata_q[2]);
  assign start_o      = write && start;
  assign verify_o     = !wdata_q[0];
  assign clear_o      = write && write_ctrl && wdata_q[1];

  always_comb begin
    write_ok = 1'b0;
    if (write_window) begin
      write_ok = !busy_i && whole && (64'(write_elem) < Elements);
    end else if (write_reg) begin
      write_ok = (write_word == RegCtrl) || (write_word == RegIrqEnable) ||
                 (write_word == RegIrqStatus) || write_sizes;
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
  assign clear_irq  = clear_o || (write && write_status && wdata_q[0]);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      irq_enable_q   <= 1'b0;
      irq_q          <= 1'b0;
      weight_words_q <= '0;
      param_words_q  <= '0;
    end else begin
      if (write && write_sizes && !busy_i) begin
        if (write_word == RegWeightWords) weight_words_q <= wdata_q;
        else param_words_q <= wdata_q;
      end
      if (set_enable) irq_enable_q <= wdata_q[0];
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

  logic        read_window, read_table, read_regs, window_ok;
  logic [15:0] read_word;
  logic [2:0]  table_word;
  logic [31:0] table_signature, table_info;
  logic [31:0] cycles_low, cycles_high, table_cycles_low, table_cycles_high, table_events_low,
               table_events_high, status;

  assign read_window       = araddr_q[23];
  assign read_table        = (araddr_q[23:16] == 8'd1) && (32'(araddr_q[15:5]) < 32'(TableLast));
  assign read_regs         = (araddr_q[23:16] == 8'd0);
  assign read_word         = {2'b00, araddr_q[15:2]};
  assign table_word        = araddr_q[4:2];
  assign window_ok         = !busy_at_q && (64'(read_elem_q) < Elements);
  assign cycles_low        = cycles[31:0];
  assign cycles_high       = cycles[63:32];
  assign table_cycles_low  = table_cycles[31:0];
  assign table_cycles_high = table_cycles[63:32];
  assign table_events_low  = table_events[31:0];
  assign table_events_high = table_events[63:32];
  assign table_signature   = table_data_i[CycleWidth+EventWidth +: 32];
  assign table_info        = {table_data_i[TableWidth-1 -: 16], 8'd0,
                              table_data_i[TableWidth-17 -: 8]};
  assign status            = {index_i, 4'd0, code_i, 5'd0, failed_i, done_i, busy_i};

  always_comb begin
    rdata   = '0;
    read_ok = 1'b1;
    if (read_window) begin
      read_ok = window_ok;
      if (window_ok) rdata = window;
    end else if (read_table) begin
      case (table_word)
        3'd0: rdata = table_cycles_low;
        3'd1: rdata = table_cycles_high;
        3'd2: rdata = table_events_low;
        3'd3: rdata = table_events_high;
        3'd4: rdata = table_signature;
        3'd5: rdata = table_info;
        default: read_ok = 1'b0;
      endcase
    end else if (read_regs) begin
      case (read_word)
        RegId: rdata = 32'h3149_504e;
        RegVersion: rdata = 32'd1;
        RegCtrl: rdata = '0;
        RegStatus: rdata = status;
        RegIrqEnable: rdata = 32'(irq_enable_q);
        RegIrqStatus: rdata = 32'(irq_q);
        RegCyclesLow: rdata = cycles_low;
        RegCyclesHigh: rdata = cycles_high;
        RegFinished: rdata = 32'(finished_i);
        RegDigest: rdata = digest_i;
        RegCount: rdata = count_i;
        RegActSize: rdata = 32'(Elements);
        RegWeightWords: rdata = weight_words_q;
        RegParamWords: rdata = param_words_q;
        RegShape: rdata = {8'(Dataflow), 8'(Lanes), 8'(Cols), 8'(Rows)};
        default: read_ok = 1'b0;
      endcase
    end else begin
      read_ok = 1'b0;
    end
  end

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
