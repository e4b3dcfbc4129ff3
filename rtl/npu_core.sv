// The core: a network in ROM, run by one start command from the host.
//
//     AXI4-Lite --> npu_host <---> npu_ctrl <-- program ROM
//                      |              | descriptor
//                      v              v
//                  npu_actmem --> npu_gather --(npu_transposer)--> npu_engine -+
//                   ^      \----> npu_taps ---------------------->  (lanes)   |
//                   +-------------- npu_store <--------------------------------+
//
// One layer at a time has the memory: one read and one write a cycle. The host has it while the
// core is idle. docs/rtl/core.md has the descriptors, the registers and the cycles.
module npu_core #(
  parameter int Rows            = 4,
  parameter int Cols            = 4,
  parameter int Lanes           = 1,
  parameter int Dataflow        = 0,
  parameter int ActWidth        = 8,
  parameter int ActSigned       = 1,
  parameter int WeightWidth     = 8,
  parameter int WeightZeroPoint = 0,
  parameter int ProductWidth    = 0,
  parameter int ProductDrop     = 0,
  parameter int ProductRounding = 0,
  parameter int ProductOverflow = 0,
  parameter int AccWidth        = 32,
  parameter int AccOverflow     = 0,
  parameter int AccWrapBits     = 0,
  parameter int AccDepth        = 256,
  parameter int MultWidth       = 32,
  parameter int ShiftWidth      = 6,
  parameter int Rounding        = 0,
  parameter int WeightDepth     = 1024,
  parameter int ParamDepth      = 64,
  parameter int PosWidth        = 16,
  parameter int StepWidth       = 16,
  parameter int CtileWidth      = 8,
  parameter int CycleWidth      = 48,
  parameter int EventWidth      = 48,
  parameter int SimWidth        = 0,
  parameter int ActBanks        = 16,
  parameter int ActDepth        = 1024,
  parameter int ProgramDepth    = 256,
  parameter int GatherWays      = 4,
  parameter     InitDir         = "",  // as npu_rom
  // derived: do not set
  parameter int CountWidth      = $clog2(Cols + 1)
) (
  input  logic                     clk_i,
  input  logic                     rst_ni,

  input  logic                     axi_awvalid_i,
  output logic                     axi_awready_o,
  input  logic [23:0]              axi_awaddr_i,
  input  logic [2:0]               axi_awprot_i,
  input  logic                     axi_wvalid_i,
  output logic                     axi_wready_o,
  input  logic [31:0]              axi_wdata_i,
  input  logic [3:0]               axi_wstrb_i,
  output logic                     axi_bvalid_o,
  input  logic                     axi_bready_i,
  output logic [1:0]               axi_bresp_o,
  input  logic                     axi_arvalid_i,
  output logic                     axi_arready_o,
  input  logic [23:0]              axi_araddr_i,
  input  logic [2:0]               axi_arprot_i,
  output logic                     axi_rvalid_o,
  input  logic                     axi_rready_i,
  output logic [31:0]              axi_rdata_o,
  output logic [1:0]               axi_rresp_o,
  output logic                     irq_o,

  // What happens inside, for benches: not needed to use the core.
  output logic                     mon_array_o,     // the array takes operands of this place
  output logic                     mon_vector_o,    // the vector unit does
  output logic [PosWidth-1:0]      mon_pos_o,
  output logic [StepWidth-1:0]     mon_step_o,
  output logic [CtileWidth-1:0]    mon_ctile_o,
  output logic                     mon_result_o,    // a vector of codes leaves
  output logic [PosWidth-1:0]      mon_result_pos_o,
  output logic [CtileWidth-1:0]    mon_result_ctile_o,
  output logic [CountWidth-1:0]    mon_result_count_o,
  output logic [Cols*ActWidth-1:0] mon_result_data_o,
  output logic                     mon_busy_o,
  output logic [15:0]              mon_index_o,     // descriptor
  output logic [15:0]              mon_layer_o
);

  localparam int Chunk           = Rows * Lanes;
  localparam int Block           = (Dataflow == 0) ? AccDepth : Rows;
  localparam int ElemWidth       = $clog2(ActBanks * ActDepth);
  localparam int SpanWidth       = (ElemWidth + 4 > 20) ? ElemWidth + 4 : 20;
  localparam int WeightAddrWidth = (WeightDepth > 1) ? $clog2(WeightDepth) : 1;
  localparam int ParamAddrWidth  = (ParamDepth > 1) ? $clog2(ParamDepth) : 1;
  localparam int ProgAddrWidth   = (ProgramDepth > 1) ? $clog2(ProgramDepth) : 1;
  localparam int TableDepth      = (ProgramDepth >= 72) ? (ProgramDepth - 8) / 32 : 1;
  localparam int TableAddrWidth  = (TableDepth > 1) ? $clog2(TableDepth) : 1;
  localparam int TableWidth      = CycleWidth + EventWidth + 56;
  localparam int ColWidth        = (Cols > 1) ? $clog2(Cols) : 1;
  localparam int WeightBits      = Lanes * WeightWidth;
  localparam int ImageMost       = (WeightBits > AccWidth) ? WeightBits : AccWidth;
  localparam int ScaleBits       = WeightWidth + ShiftWidth + MultWidth;
  localparam int ImageWordBits   = 8 * (((ImageMost > ScaleBits) ? ImageMost + 7 :
                                                                   ScaleBits + 7) / 8);
  localparam int ImageAddrWidth  = (WeightAddrWidth > ParamAddrWidth) ? WeightAddrWidth :
                                                                       ParamAddrWidth;
  localparam int LaneIndexWidth  = (Lanes > 1) ? $clog2(Lanes) : 1;
  localparam int RowWidth        = (Block > 1) ? $clog2(Block) : 1;
  localparam int VecRowWidth     = (Rows > 1) ? $clog2(Rows) : 1;

  //////////////////////
  // Host and control //
  //////////////////////

  logic                      start, verify, clear, abort, busy, done, failed, run_end;
  logic [3:0]                code;
  logic [15:0]               index, finished;
  logic [31:0]               digest, rom_count, program_crc, image_crc;
  logic [CycleWidth-1:0]     run_cycles;
  logic                      table_re, table_we;
  logic [TableAddrWidth-1:0] table_raddr, table_waddr;
  logic [TableWidth-1:0]     table_rdata, table_wdata;
  logic                      host_re, host_we;
  logic [ElemWidth-1:0]      host_addr;
  logic [ActBanks-1:0]       host_wmask;
  logic [ActBanks*ActWidth-1:0] host_wdata, mem_rdata;
  logic                        images_start, images_done, images_bad, images_re;
  logic [1:0]                  images_kind;
  logic [ColWidth-1:0]         images_col;
  logic [ImageAddrWidth-1:0]   images_addr;
  logic [ImageWordBits-1:0]    images_word;
  logic [31:0]                 images_crc, weight_words, param_words;

  npu_host #(
    .Rows           ( Rows           ),
    .Cols           ( Cols           ),
    .Lanes          ( Lanes          ),
    .Dataflow       ( Dataflow       ),
    .ActWidth       ( ActWidth       ),
    .ActSigned      ( ActSigned      ),
    .Banks          ( ActBanks       ),
    .Depth          ( ActDepth       ),
    .CycleWidth     ( CycleWidth     ),
    .EventWidth     ( EventWidth     ),
    .TableAddrWidth ( TableAddrWidth )
  ) u_host (
    .clk_i         ( clk_i         ),
    .rst_ni        ( rst_ni        ),
    .axi_awvalid_i ( axi_awvalid_i ),
    .axi_awready_o ( axi_awready_o ),
    .axi_awaddr_i  ( axi_awaddr_i  ),
    .axi_awprot_i  ( axi_awprot_i  ),
    .axi_wvalid_i  ( axi_wvalid_i  ),
    .axi_wready_o  ( axi_wready_o  ),
    .axi_wdata_i   ( axi_wdata_i   ),
    .axi_wstrb_i   ( axi_wstrb_i   ),
    .axi_bvalid_o  ( axi_bvalid_o  ),
    .axi_bready_i  ( axi_bready_i  ),
    .axi_bresp_o   ( axi_bresp_o   ),
    .axi_arvalid_i ( axi_arvalid_i ),
    .axi_arready_o ( axi_arready_o ),
    .axi_araddr_i  ( axi_araddr_i  ),
    .axi_arprot_i  ( axi_arprot_i  ),
    .axi_rvalid_o  ( axi_rvalid_o  ),
    .axi_rready_i  ( axi_rready_i  ),
    .axi_rdata_o   ( axi_rdata_o   ),
    .axi_rresp_o   ( axi_rresp_o   ),
    .irq_o         ( irq_o         ),
    .start_o       ( start         ),
    .verify_o      ( verify        ),
    .abort_o       ( abort         ),
    .weight_words_o ( weight_words ),
    .param_words_o ( param_words   ),
    .clear_o       ( clear         ),
    .busy_i        ( busy          ),
    .done_i        ( done          ),
    .failed_i      ( failed        ),
    .code_i        ( code          ),
    .end_i         ( run_end       ),
    .index_i       ( index         ),
    .finished_i    ( finished      ),
    .digest_i      ( digest        ),
    .count_i       ( rom_count     ),
    .program_crc_i ( program_crc   ),
    .image_crc_i   ( image_crc     ),
    .cycles_i      ( run_cycles    ),
    .table_re_o    ( table_re      ),
    .table_addr_o  ( table_raddr   ),
    .table_data_i  ( table_rdata   ),
    .mem_re_o      ( host_re       ),
    .mem_we_o      ( host_we       ),
    .mem_addr_o    ( host_addr     ),
    .mem_rdata_i   ( mem_rdata     ),
    .mem_wmask_o   ( host_wmask    ),
    .mem_wdata_o   ( host_wdata    )
  );

  logic                        rom_re;
  logic [ProgAddrWidth-1:0]    rom_addr;
  logic [31:0]                 rom_rdata;
  logic                        layer_start, layer_done;
  logic [EventWidth-1:0]       overflows;
  logic [31:0]                 signature;
  logic [1023:0]               desc;
  logic signed [SpanWidth-1:0] first_x;

  // An abort resets what works on a layer for a cycle, by the reset that it has anyway; the host's
  // registers and the control's keep.
  logic stop_q, work_rst_n;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) stop_q <= 1'b0;
    else stop_q <= abort && busy;
  end

  assign work_rst_n = rst_ni && !stop_q;

  npu_ctrl #(
    .Lanes        ( Lanes               ),
    .Cols         ( Cols                ),
    .ProgramDepth ( ProgramDepth        ),
    .WeightDepth  ( WeightDepth         ),
    .ParamDepth   ( ParamDepth          ),
    .Elements     ( ActBanks * ActDepth ),
    .PosWidth     ( PosWidth            ),
    .StepWidth    ( StepWidth           ),
    .CtileWidth   ( CtileWidth          ),
    .SpanWidth    ( SpanWidth           ),
    .CycleWidth   ( CycleWidth          ),
    .EventWidth   ( EventWidth          )
  ) u_ctrl (
    .clk_i             ( clk_i       ),
    .rst_ni            ( rst_ni      ),
    .start_i           ( start       ),
    .verify_i          ( verify      ),
    .abort_i           ( abort       ),
    .clear_i           ( clear       ),
    .busy_o            ( busy        ),
    .done_o            ( done        ),
    .failed_o          ( failed      ),
    .code_o            ( code        ),
    .end_o             ( run_end     ),
    .index_o           ( index       ),
    .finished_o        ( finished    ),
    .digest_o          ( digest      ),
    .count_o           ( rom_count   ),
    .program_crc_o     ( program_crc ),
    .image_crc_o       ( image_crc   ),
    .cycles_o          ( run_cycles  ),
    .rom_re_o          ( rom_re      ),
    .rom_addr_o        ( rom_addr    ),
    .rom_rdata_i       ( rom_rdata   ),
    .images_start_o    ( images_start ),
    .images_done_i     ( images_done ),
    .images_bad_i      ( images_bad  ),
    .images_crc_i      ( images_crc  ),
    .layer_start_o     ( layer_start ),
    .layer_done_i      ( layer_done  ),
    .layer_overflows_i ( overflows   ),
    .layer_signature_i ( signature   ),
    .desc_o            ( desc        ),
    .first_x_o         ( first_x     ),
    .table_we_o        ( table_we    ),
    .table_addr_o      ( table_waddr ),
    .table_data_o      ( table_wdata )
  );

  // The check of all ROMs, on command.
  npu_images #(
    .Cols        ( Cols        ),
    .WeightBits  ( WeightBits  ),
    .BiasBits    ( AccWidth    ),
    .ScaleBits   ( ScaleBits   ),
    .WeightDepth ( WeightDepth ),
    .ParamDepth  ( ParamDepth  )
  ) u_images (
    .clk_i          ( clk_i        ),
    .rst_ni         ( work_rst_n   ),
    .start_i        ( images_start ),
    .weight_words_i ( weight_words ),
    .param_words_i  ( param_words  ),
    .done_o         ( images_done  ),
    .bad_o          ( images_bad   ),
    .re_o           ( images_re    ),
    .kind_o         ( images_kind  ),
    .col_o          ( images_col   ),
    .addr_o         ( images_addr  ),
    .word_i         ( images_word  ),
    .crc_o          ( images_crc   )
  );

  npu_rom #(
    .InitDir ( InitDir      ),
    .Name    ( "program"    ),
    .Index   ( -1           ),
    .Width   ( 32           ),
    .Depth   ( ProgramDepth )
  ) u_program_rom (
    .clk_i   ( clk_i     ),
    .re_i    ( rom_re    ),
    .addr_i  ( rom_addr  ),
    .rdata_o ( rom_rdata )
  );

  npu_ram #(
    .Width ( TableWidth ),
    .Depth ( TableDepth )
  ) u_table (
    .clk_i   ( clk_i       ),
    .we_i    ( table_we    ),
    .waddr_i ( table_waddr ),
    .wdata_i ( table_wdata ),
    .re_i    ( table_re    ),
    .raddr_i ( table_raddr ),
    .rdata_o ( table_rdata )
  );

  ////////////////////
  // The descriptor //
  ////////////////////

  logic [7:0]                  op;
  logic                        vector, double_round;
  logic [2:0]                  kind;
  logic                        pool, paired;  // maximum, average; add, mul
  logic [ElemWidth-1:0]        out_addr;
  logic signed [SpanWidth-1:0] first_addr, run, row_size, step_ox, step_oy, step_ky, step_kx;
  logic [15:0]                 in_h, out_w, channels, kernel_h, kernel_w, stride_y, dilation_y,
                               dilation_x, pad_top, multiplier, runs;
  logic [StepWidth-1:0]        steps;
  logic [PosWidth-1:0]         positions;
  logic [CtileWidth-1:0]       ctiles;
  logic signed [ActWidth:0]    in_zp, second_zp, out_zp, act_min, act_max;

  assign op           = desc[7:0];
  assign double_round = desc[8];
  assign vector       = (op != 8'd1);
  assign kind         = 3'(op - 8'd2);
  assign pool         = (op == 8'd3) || (op == 8'd4);
  assign paired       = (op >= 8'd5);
  assign out_addr     = desc[3*32 +: ElemWidth];
  assign in_h         = desc[4*32 +: 16];
  assign out_w        = desc[6*32+16 +: 16];
  assign channels     = desc[7*32 +: 16];
  assign kernel_h     = desc[8*32 +: 16];
  assign kernel_w     = paired ? 16'd2 : desc[8*32+16 +: 16];
  assign stride_y     = desc[9*32 +: 16];
  assign dilation_y   = desc[10*32 +: 16];
  assign dilation_x   = desc[10*32+16 +: 16];
  assign pad_top      = desc[11*32 +: 16];
  assign steps        = desc[12*32 +: StepWidth];
  assign positions    = desc[14*32 +: PosWidth];
  assign ctiles       = desc[15*32 +: CtileWidth];
  assign in_zp        = $signed(desc[18*32 +: ActWidth+1]);
  assign second_zp    = $signed(desc[19*32 +: ActWidth+1]);
  assign out_zp       = $signed(desc[20*32 +: ActWidth+1]);
  assign act_min      = $signed(desc[21*32 +: ActWidth+1]);
  assign act_max      = $signed(desc[22*32 +: ActWidth+1]);
  assign multiplier   = (op == 8'd2) ? desc[23*32 +: 16] : 16'd1;
  assign run          = $signed(desc[24*32 +: SpanWidth]);
  assign row_size     = $signed(desc[25*32 +: SpanWidth]);
  assign step_ox      = $signed(desc[26*32 +: SpanWidth]);
  assign step_oy      = $signed(desc[27*32 +: SpanWidth]);
  assign step_ky      = $signed(desc[28*32 +: SpanWidth]);
  assign step_kx      = paired ? $signed(desc[2*32 +: SpanWidth]) - $signed(desc[1*32 +: SpanWidth]) :
                                 $signed(desc[29*32 +: SpanWidth]);
  assign first_addr   = $signed(desc[1*32 +: SpanWidth]) + $signed(desc[30*32 +: SpanWidth]);
  assign runs         = (dilation_x == 16'd1) ? 16'd1 : kernel_w;

  ////////////
  // Memory //
  ////////////

  logic                         gather_re, taps_re, write;
  logic [ElemWidth-1:0]         gather_addr, taps_addr, store_addr;
  logic [ActBanks*ActWidth-1:0] wdata;
  logic [ActBanks-1:0]          wmask;
  logic                         result;
  logic [Cols*ActWidth-1:0]     result_data;
  logic [CountWidth-1:0]        result_count;

  always_comb begin
    wdata = host_wdata;
    wmask = host_wmask;
    if (busy) begin
      wdata = (ActBanks*ActWidth)'(result_data);
      wmask = ~({ActBanks{1'b1}} << result_count);
    end
  end

  assign write = busy ? result : host_we;

  npu_actmem #(
    .Banks    ( ActBanks ),
    .Depth    ( ActDepth ),
    .ActWidth ( ActWidth )
  ) u_actmem (
    .clk_i   ( clk_i                                                            ),
    .rst_ni  ( work_rst_n                                                       ),
    .re_i    ( gather_re || taps_re || host_re                                  ),
    .raddr_i ( gather_re ? gather_addr : taps_re ? taps_addr : host_addr        ),
    .rdata_o ( mem_rdata                                                        ),
    .we_i    ( write                                                            ),
    .waddr_i ( busy ? store_addr : host_addr                                    ),
    .wmask_i ( wmask                                                            ),
    .wdata_i ( wdata                                                            )
  );

  ///////////////////////
  // Array activations //
  ///////////////////////

  logic                       want, ready, request;
  logic                       gather_want, gather_ready, gather_end;
  logic                       vec_valid, vec_last;
  logic [RowWidth-1:0]        vec_row;
  logic [Chunk*ActWidth-1:0]  vec, act;

  npu_gather #(
    .Ways       ( GatherWays ),
    .Chunk      ( Chunk      ),
    .Block      ( Block      ),
    .Banks      ( ActBanks   ),
    .ActWidth   ( ActWidth   ),
    .ElemWidth  ( ElemWidth  ),
    .SpanWidth  ( SpanWidth  ),
    .PosWidth   ( PosWidth   ),
    .CtileWidth ( CtileWidth )
  ) u_gather (
    .clk_i            ( clk_i                   ),
    .rst_ni           ( work_rst_n              ),
    .start_i          ( layer_start && !vector  ),
    .want_i           ( gather_want             ),
    .ready_o          ( gather_ready            ),
    .pass_end_o       ( gather_end              ),
    .cfg_positions_i  ( positions               ),
    .cfg_ctiles_i     ( ctiles                  ),
    .cfg_in_h_i       ( in_h                    ),
    .cfg_out_w_i      ( out_w                   ),
    .cfg_kernel_h_i   ( kernel_h                ),
    .cfg_runs_i       ( runs                    ),
    .cfg_stride_y_i   ( stride_y                ),
    .cfg_dilation_y_i ( dilation_y              ),
    .cfg_pad_top_i    ( pad_top                 ),
    .cfg_row_size_i   ( row_size                ),
    .cfg_run_i        ( run                     ),
    .cfg_first_x_i    ( first_x                 ),
    .cfg_first_addr_i ( first_addr              ),
    .cfg_step_ox_i    ( step_ox                 ),
    .cfg_step_oy_i    ( step_oy                 ),
    .cfg_step_ky_i    ( step_ky                 ),
    .cfg_step_kx_i    ( step_kx                 ),
    .cfg_zero_i       ( in_zp[ActWidth-1:0]     ),
    .re_o             ( gather_re               ),
    .raddr_o          ( gather_addr             ),
    .rdata_i          ( mem_rdata               ),
    .vec_valid_o      ( vec_valid               ),
    .vec_last_o       ( vec_last                ),
    .vec_row_o        ( vec_row                 ),
    .vec_o            ( vec                     )
  );

  if (Dataflow == 0) begin : gen_ws
    assign gather_want = want;
    assign ready       = gather_ready;
    assign act         = vec;

    logic unused_ws;
    assign unused_ws = ^{gather_end, vec_valid, vec_last, vec_row};
  end else begin : gen_os
    npu_transposer #(
      .Rows      ( Rows      ),
      .Lanes     ( Lanes     ),
      .ActWidth  ( ActWidth  ),
      .StepWidth ( StepWidth )
    ) u_transposer (
      .clk_i       ( clk_i                 ),
      .rst_ni      ( work_rst_n            ),
      .clear_i     ( layer_start           ),
      .cfg_steps_i ( steps                 ),
      .free_o      ( gather_want           ),
      .fill_end_i  ( gather_end            ),
      .vec_valid_i ( vec_valid             ),
      .vec_last_i  ( vec_last              ),
      .vec_row_i   ( VecRowWidth'(vec_row) ),
      .ready_o     ( ready                 ),
      .play_i      ( want && ready         ),
      .vec_i       ( vec                   ),
      .act_o       ( act                   )
    );

    logic unused_os;
    assign unused_os = gather_ready;
  end

  ////////////////////////
  // Vector activations //
  ////////////////////////

  logic                       tap_valid, tap_inside, tap_first, tap_fire, tap_last;
  logic [LaneIndexWidth-1:0]  tap_lane;
  logic [CtileWidth-1:0]      tap_ctile;
  logic [WeightAddrWidth-1:0] tap_addr;
  logic [PosWidth-1:0]        tap_pos;
  logic [StepWidth-1:0]       tap_step;
  logic [Cols*ActWidth-1:0]   tap_data;

  npu_taps #(
    .Cols            ( Cols            ),
    .Lanes           ( Lanes           ),
    .Banks           ( ActBanks        ),
    .ActWidth        ( ActWidth        ),
    .ElemWidth       ( ElemWidth       ),
    .SpanWidth       ( SpanWidth       ),
    .PosWidth        ( PosWidth        ),
    .StepWidth       ( StepWidth       ),
    .CtileWidth      ( CtileWidth      ),
    .WeightAddrWidth ( WeightAddrWidth )
  ) u_taps (
    .clk_i             ( clk_i                         ),
    .rst_ni            ( work_rst_n                    ),
    .start_i           ( layer_start && vector         ),
    .cfg_pair_i        ( paired                        ),
    .cfg_zero_i        ( pool ? {ActWidth{1'b0}} : in_zp[ActWidth-1:0] ),
    .cfg_second_zero_i ( second_zp[ActWidth-1:0]       ),
    .cfg_positions_i   ( positions                     ),
    .cfg_steps_i       ( steps                         ),
    .cfg_ctiles_i      ( ctiles                        ),
    .cfg_weight_base_i ( desc[16*32 +: WeightAddrWidth] ),
    .cfg_channels_i    ( channels                      ),
    .cfg_multiplier_i  ( multiplier                    ),
    .cfg_in_h_i        ( in_h                          ),
    .cfg_out_w_i       ( out_w                         ),
    .cfg_kernel_h_i    ( kernel_h                      ),
    .cfg_kernel_w_i    ( kernel_w                      ),
    .cfg_stride_y_i    ( stride_y                      ),
    .cfg_dilation_y_i  ( dilation_y                    ),
    .cfg_pad_top_i     ( pad_top                       ),
    .cfg_row_size_i    ( row_size                      ),
    .cfg_first_x_i     ( first_x                       ),
    .cfg_first_addr_i  ( first_addr                    ),
    .cfg_step_ox_i     ( step_ox                       ),
    .cfg_step_oy_i     ( step_oy                       ),
    .cfg_step_ky_i     ( step_ky                       ),
    .cfg_step_kx_i     ( step_kx                       ),
    .re_o              ( taps_re                       ),
    .raddr_o           ( taps_addr                     ),
    .rdata_i           ( mem_rdata                     ),
    .tap_valid_o       ( tap_valid                     ),
    .tap_inside_o      ( tap_inside                    ),
    .tap_first_o       ( tap_first                     ),
    .tap_fire_o        ( tap_fire                      ),
    .tap_last_o        ( tap_last                      ),
    .tap_lane_o        ( tap_lane                      ),
    .tap_ctile_o       ( tap_ctile                     ),
    .tap_addr_o        ( tap_addr                      ),
    .tap_pos_o         ( tap_pos                       ),
    .tap_step_o        ( tap_step                      ),
    .tap_data_o        ( tap_data                      )
  );

  ////////////////
  // The engine //
  ////////////////

  logic [PosWidth-1:0]   act_pos, result_pos;
  logic [StepWidth-1:0]  act_step;
  logic [CtileWidth-1:0] act_ctile, result_ctile;
  logic [CycleWidth-1:0] engine_cycles;
  logic                  engine_busy, engine_done;

  npu_engine #(
    .Rows            ( Rows            ),
    .Cols            ( Cols            ),
    .Lanes           ( Lanes           ),
    .Dataflow        ( Dataflow        ),
    .ActWidth        ( ActWidth        ),
    .ActSigned       ( ActSigned       ),
    .WeightWidth     ( WeightWidth     ),
    .WeightZeroPoint ( WeightZeroPoint ),
    .ProductWidth    ( ProductWidth    ),
    .ProductDrop     ( ProductDrop     ),
    .ProductRounding ( ProductRounding ),
    .ProductOverflow ( ProductOverflow ),
    .AccWidth        ( AccWidth        ),
    .AccOverflow     ( AccOverflow     ),
    .AccWrapBits     ( AccWrapBits     ),
    .AccDepth        ( AccDepth        ),
    .MultWidth       ( MultWidth       ),
    .ShiftWidth      ( ShiftWidth      ),
    .Rounding        ( Rounding        ),
    .WeightDepth     ( WeightDepth     ),
    .ParamDepth      ( ParamDepth      ),
    .PosWidth        ( PosWidth        ),
    .StepWidth       ( StepWidth       ),
    .CtileWidth      ( CtileWidth      ),
    .CycleWidth      ( CycleWidth      ),
    .EventWidth      ( EventWidth      ),
    .SimWidth        ( SimWidth        ),
    .Vector          ( 1               ),
    .InitDir         ( InitDir         )
  ) u_engine (
    .clk_i              ( clk_i                          ),
    .rst_ni             ( work_rst_n                     ),
    .start_i            ( layer_start                    ),
    .cfg_positions_i    ( positions                      ),
    .cfg_steps_i        ( steps                          ),
    .cfg_ctiles_i       ( ctiles                         ),
    .cfg_weight_base_i  ( desc[16*32 +: WeightAddrWidth] ),
    .cfg_param_base_i   ( desc[17*32 +: ParamAddrWidth]  ),
    .cfg_in_zp_i        ( in_zp                          ),
    .cfg_out_zp_i       ( out_zp                         ),
    .cfg_act_min_i      ( act_min                        ),
    .cfg_act_max_i      ( act_max                        ),
    .cfg_double_round_i ( double_round                   ),
    .cfg_vector_i       ( vector                         ),
    .cfg_kind_i         ( kind                           ),
    .cfg_second_zp_i    ( second_zp                      ),
    .rom_re_i           ( images_re                      ),
    .rom_kind_i         ( images_kind                    ),
    .rom_col_i          ( images_col                     ),
    .rom_addr_i         ( images_addr                    ),
    .rom_word_o         ( images_word                    ),
    .busy_o             ( engine_busy                    ),
    .done_o             ( engine_done                    ),
    .cycles_o           ( engine_cycles                  ),
    .overflows_o        ( overflows                      ),
    .act_ready_i        ( ready                          ),
    .act_want_o         ( want                           ),
    .act_req_o          ( request                        ),
    .act_pos_o          ( act_pos                        ),
    .act_step_o         ( act_step                       ),
    .act_ctile_o        ( act_ctile                      ),
    .act_data_i         ( act                            ),
    .tap_valid_i        ( tap_valid                      ),
    .tap_inside_i       ( tap_inside                     ),
    .tap_first_i        ( tap_first                      ),
    .tap_fire_i         ( tap_fire                       ),
    .tap_last_i         ( tap_last                       ),
    .tap_lane_i         ( tap_lane                       ),
    .tap_ctile_i        ( tap_ctile                      ),
    .tap_addr_i         ( tap_addr                       ),
    .tap_data_i         ( tap_data                       ),
    .out_valid_o        ( result                         ),
    .out_pos_o          ( result_pos                     ),
    .out_ctile_o        ( result_ctile                   ),
    .out_data_o         ( result_data                    )
  );

  assign layer_done = engine_done;

  /////////////
  // Results //
  /////////////

  npu_store #(
    .Cols      ( Cols      ),
    .ElemWidth ( ElemWidth ),
    .PosWidth  ( PosWidth  )
  ) u_store (
    .clk_i           ( clk_i        ),
    .start_i         ( layer_start  ),
    .next_i          ( result       ),
    .cfg_out_addr_i  ( out_addr     ),
    .cfg_channels_i  ( channels     ),
    .cfg_positions_i ( positions    ),
    .pos_i           ( result_pos   ),
    .addr_o          ( store_addr   ),
    .count_o         ( result_count )
  );

  logic [Cols*16-1:0] result_words;

  for (genvar c = 0; c < Cols; c++) begin : gen_word
    if (ActSigned != 0) begin : gen_signed
      assign result_words[c*16 +: 16] = 16'($signed(result_data[c*ActWidth +: ActWidth]));
    end else begin : gen_unsigned
      assign result_words[c*16 +: 16] = 16'(result_data[c*ActWidth +: ActWidth]);
    end
  end

  npu_crc #(
    .Units     ( Cols ),
    .UnitWidth ( 16   )
  ) u_signature (
    .clk_i   ( clk_i        ),
    .clear_i ( layer_start  ),
    .valid_i ( result       ),
    .count_i ( result_count ),
    .data_i  ( result_words ),
    .crc_o   ( signature    )
  );

  assign mon_array_o        = request;
  assign mon_vector_o       = tap_valid;
  assign mon_pos_o          = vector ? tap_pos : act_pos;
  assign mon_step_o         = vector ? tap_step : act_step;
  assign mon_ctile_o        = vector ? tap_ctile : act_ctile;
  assign mon_result_o       = result;
  assign mon_result_pos_o   = result_pos;
  assign mon_result_ctile_o = result_ctile;
  assign mon_result_count_o = result_count;
  assign mon_result_data_o  = result_data;
  assign mon_busy_o         = busy;
  assign mon_index_o        = index;
  assign mon_layer_o        = desc[31:16];

  logic unused;
  assign unused = ^{desc, engine_busy, engine_cycles};

endmodule
