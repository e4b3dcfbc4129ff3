// The MAC part of the NPU: sequencer, weight and parameter ROMs, array, accumulator buffer,
// requantizers; with Vector 1 also the lanes of the vector unit, which share all but the array. It
// is given one layer's registers, asks for activations and emits one vector of Cols codes at a
// time. It does not know of images, taps or networks, nor store activations.
//
//   cfg -> sequencer -> act_req -> (outside) -> act_data -> - in_zp -+
//              |                                                     v
//              +-> weight ROMs -> - zero point -----------------> array -> requantizers -> out
//              +-> bias ROMs, accumulator buffer (WS) -> sums -----^  |         ^
//                        ^--------------------------------------------+     scale ROMs
//
// docs/rtl/engine.md has the timing, the cycle count and the place of every sum.
module npu_engine #(
  parameter int Rows            = 4,
  parameter int Cols            = 4,
  parameter int Lanes           = 1,
  parameter int Dataflow        = 0,   // 0 weight stationary, 1 output stationary
  parameter int ActWidth        = 8,
  parameter int ActSigned       = 1,
  parameter int WeightWidth     = 8,
  parameter int WeightZeroPoint = 0,   // 1: weight codes have a zero point
  parameter int ProductWidth    = 0,   // 0: exact
  parameter int ProductDrop     = 0,
  parameter int ProductRounding = 0,   // as npu_round_inc
  parameter int ProductOverflow = 0,   // as npu_overflow
  parameter int AccWidth        = 32,
  parameter int AccOverflow     = 0,   // as npu_overflow
  parameter int AccWrapBits     = 0,
  parameter int AccDepth        = 256, // positions of a block (weight stationary)
  parameter int MultWidth       = 32,
  parameter int ShiftWidth      = 6,
  parameter int Rounding        = 0,   // of the requantizers, as npu_round_inc
  parameter int WeightDepth     = 1024,
  parameter int ParamDepth      = 64,
  parameter int PosWidth        = 16,
  parameter int StepWidth       = 16,
  parameter int CtileWidth      = 8,
  parameter int CycleWidth      = 48,
  parameter int EventWidth      = 48,
  parameter int SimWidth        = 0,   // as npu_mac
  parameter int Vector          = 0,   // 1: with the vector unit's lanes
  parameter     InitDir         = "",  // as npu_rom
  // derived: do not set
  parameter int WeightAddrWidth = (WeightDepth > 1) ? $clog2(WeightDepth) : 1,
  parameter int ParamAddrWidth  = (ParamDepth > 1) ? $clog2(ParamDepth) : 1,
  parameter int LaneIndexWidth  = (Lanes > 1) ? $clog2(Lanes) : 1,
  parameter int ColWidth        = (Cols > 1) ? $clog2(Cols) : 1,
  parameter int RomAddrWidth    = (WeightAddrWidth > ParamAddrWidth) ? WeightAddrWidth :
                                                                       ParamAddrWidth,
  parameter int RomScaleWidth   = WeightWidth + ShiftWidth + MultWidth,
  parameter int RomMost         = (Lanes * WeightWidth > AccWidth) ? Lanes * WeightWidth : AccWidth,
  parameter int RomWordBits     = 8 * (((RomMost > RomScaleWidth) ? RomMost + 7 :
                                                                    RomScaleWidth + 7) / 8)
) (
  input  logic                           clk_i,
  input  logic                           rst_ni,

  input  logic                           start_i,            // ignored while busy_o
  input  logic [PosWidth-1:0]            cfg_positions_i,    // all cfg_*: stable while busy_o
  input  logic [StepWidth-1:0]           cfg_steps_i,
  input  logic [CtileWidth-1:0]          cfg_ctiles_i,
  input  logic [WeightAddrWidth-1:0]     cfg_weight_base_i,
  input  logic [ParamAddrWidth-1:0]      cfg_param_base_i,
  input  logic signed [ActWidth:0]       cfg_in_zp_i,        // a code
  input  logic signed [ActWidth:0]       cfg_out_zp_i,
  input  logic signed [ActWidth:0]       cfg_act_min_i,
  input  logic signed [ActWidth:0]       cfg_act_max_i,
  input  logic                           cfg_double_round_i,
  input  logic                           cfg_vector_i,       // the vector unit's layer, of kind
  input  logic [2:0]                     cfg_kind_i,         // as npu_lanes
  input  logic signed [ActWidth:0]       cfg_second_zp_i,    // of an element-wise layer
  input  logic                           rom_re_i,           // while idle: a word of a column's ROM
  input  logic [1:0]                     rom_kind_i,         // 0 weight, 1 bias, 2 scale
  input  logic [ColWidth-1:0]            rom_col_i,          // stable in the next cycle
  input  logic [RomAddrWidth-1:0]        rom_addr_i,
  output logic [RomWordBits-1:0]         rom_word_o,         // a cycle after rom_re_i

  output logic                           busy_o,
  output logic                           done_o,             // with the last out_valid_o
  output logic [CycleWidth-1:0]          cycles_o,           // from start_i to done_o
  output logic [EventWidth-1:0]          overflows_o,        // valid from done_o to start_i

  input  logic                           act_ready_i,        // a request may be made
  output logic                           act_want_o,         // it will be if it may
  output logic                           act_req_o,          // a cycle after both
  output logic [PosWidth-1:0]            act_pos_o,
  output logic [StepWidth-1:0]           act_step_o,
  output logic [CtileWidth-1:0]          act_ctile_o,
  input  logic [Rows*Lanes*ActWidth-1:0] act_data_i,         // one cycle after act_req_o

  input  logic                           tap_valid_i,        // the vector unit's taps: npu_taps
  input  logic                           tap_inside_i,
  input  logic                           tap_first_i,
  input  logic                           tap_fire_i,
  input  logic                           tap_last_i,
  input  logic [LaneIndexWidth-1:0]      tap_lane_i,
  input  logic [CtileWidth-1:0]          tap_ctile_i,
  input  logic [WeightAddrWidth-1:0]     tap_addr_i,
  input  logic [Cols*ActWidth-1:0]       tap_data_i,         // one cycle after tap_valid_i

  output logic                           out_valid_o,
  output logic [PosWidth-1:0]            out_pos_o,
  output logic [CtileWidth-1:0]          out_ctile_o,
  output logic [Cols*ActWidth-1:0]       out_data_o
);

  localparam int ActOpWidth    = ActWidth + 1;
  localparam int WeightOpWidth = (WeightWidth == 1) ? 2 :
                                          (WeightZeroPoint != 0) ? WeightWidth + 1 : WeightWidth;
  localparam int ActStore      = (SimWidth > ActOpWidth) ? SimWidth : ActOpWidth;
  localparam int WeightStore   = (SimWidth > WeightOpWidth) ? SimWidth : WeightOpWidth;
  localparam int AccStore      = (SimWidth > AccWidth) ? SimWidth : AccWidth;
  localparam int TotalWidth    = $clog2(Rows * Cols + 1);
  localparam int ScaleWidth    = WeightWidth + ShiftWidth + MultWidth;
  // Cycles from a requantizer's valid_i to its data_o.
  localparam int Latency       = 4;
  // A pool's result is a code, whatever the accumulator's width.
  localparam int PoolWidth     = (AccWidth > ActOpWidth) ? AccWidth : ActOpWidth;
  localparam int RequantWidth  = (Vector != 0) ? PoolWidth : AccWidth;

  /////////////
  // Control //
  /////////////

  logic                  start;
  logic                  busy_d, busy_q;
  logic [CycleWidth-1:0] cycles_d, cycles_q;

  assign start = start_i && !busy_q;

  logic                  start_array;

  assign start_array = start && !cfg_vector_i;

  always_comb begin
    busy_d   = busy_q;
    cycles_d = cycles_q;
    if (start) begin
      busy_d   = 1'b1;
      cycles_d = CycleWidth'(1);
    end else if (done_o) begin
      busy_d   = 1'b0;
    end else if (busy_q) begin
      cycles_d = cycles_q + 1'b1;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q   <= 1'b0;
      cycles_q <= '0;
    end else begin
      busy_q   <= busy_d;
      cycles_q <= cycles_d;
    end
  end

  assign busy_o   = busy_q;
  assign cycles_o = cycles_q;

  //////////////////////////////////////////
  // Activations: codes to operands, gated //
  //////////////////////////////////////////

  logic                           act_valid_q;
  logic [Rows*Lanes*ActStore-1:0] act_op;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) act_valid_q <= 1'b0;
    else act_valid_q <= act_req_o;
  end

  for (genvar i = 0; i < Rows * Lanes; i++) begin : gen_act_op
    logic signed [ActOpWidth-1:0] code;
    logic signed [ActOpWidth-1:0] op;

    if (ActSigned != 0) begin : gen_signed
      assign code = ActOpWidth'($signed(act_data_i[i*ActWidth +: ActWidth]));
    end else begin : gen_unsigned
      assign code = $signed({1'b0, act_data_i[i*ActWidth +: ActWidth]});
    end

    assign op = code - cfg_in_zp_i;
    assign act_op[i*ActStore +: ActStore] = act_valid_q ? ActStore'(op) : '0;
  end

  ///////////////////////////////////////////
  // What the dataflow drives, column-wise //
  ///////////////////////////////////////////

  // The array's wishes, the vector unit's, and both: never at once.
  logic                        array_weight_re, vector_weight_re, weight_re;
  logic [WeightAddrWidth-1:0]  array_weight_addr, vector_weight_addr, weight_addr;
  logic [CtileWidth-1:0]       array_weight_ctile, vector_weight_ctile, weight_ctile;
  logic                        array_used_q, vector_used, weight_used;  // a cycle later
  logic                        array_bias_re, vector_bias_re, bias_re;
  logic [CtileWidth-1:0]       array_bias_ctile_q, vector_bias_ctile, bias_ctile;
  logic                        array_emit, vector_emit, emit;  // acc holds a finished vector in
  logic                        emit_q;                         // the next cycle
  logic [Cols*Lanes*WeightStore-1:0] weight_op;
  logic [Cols*AccStore-1:0]    bias;
  logic [Cols*AccStore-1:0]    acc;                            // of the array
  logic [Cols*RequantWidth-1:0] vector_acc;
  logic [TotalWidth-1:0]       array_events, vector_events, events;  // to add to overflows_o
  logic                        sums_capture, sums_waiting;      // output stationary, for assertions
  logic                        vector_scale, vector_scale_re;  // the vector unit chooses
  logic [ParamAddrWidth-1:0]   vector_word;                     // the word of the scale ROM

  assign weight_re    = array_weight_re || vector_weight_re || (rom_re_i && (rom_kind_i == 2'd0));
  assign weight_addr  = rom_re_i ? WeightAddrWidth'(rom_addr_i) :
                        cfg_vector_i ? vector_weight_addr : array_weight_addr;
  assign weight_ctile = cfg_vector_i ? vector_weight_ctile : array_weight_ctile;
  assign weight_used  = array_used_q || vector_used;
  assign bias_re      = array_bias_re || vector_bias_re || (rom_re_i && (rom_kind_i == 2'd1));
  assign bias_ctile   = cfg_vector_i ? vector_bias_ctile : array_bias_ctile_q;
  assign emit         = array_emit || vector_emit;
  assign events       = cfg_vector_i ? vector_events : array_events;

  logic [PosWidth-1:0]         scale_pos;
  logic [CtileWidth-1:0]       scale_ctile;
  logic                        scale_pos_last;
  logic                        scale_last;

  logic                        pool;      // maximum or average: raw codes
  logic                        scale_re;
  logic [ParamAddrWidth-1:0]   zp_addr, bias_addr, scale_addr;

  assign pool = cfg_vector_i && ((cfg_kind_i == 3'd1) || (cfg_kind_i == 3'd2));

  assign zp_addr    = cfg_param_base_i + ParamAddrWidth'(weight_ctile);
  assign bias_addr  = rom_re_i ? ParamAddrWidth'(rom_addr_i) :
                                 cfg_param_base_i + ParamAddrWidth'(bias_ctile);
  assign scale_addr = rom_re_i ? ParamAddrWidth'(rom_addr_i) :
                      cfg_param_base_i +
                      (vector_scale ? vector_word : ParamAddrWidth'(scale_ctile));
  assign scale_re   = emit || vector_scale_re || (rom_re_i && (rom_kind_i == 2'd2));

  // A word for whoever checks the ROMs; nothing moves while nobody does.
  logic                        rom_re_q;
  logic [RomWordBits-1:0]      rom_words [Cols];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) rom_re_q <= 1'b0;
    else rom_re_q <= rom_re_i;
  end

  always_comb begin
    rom_word_o = '0;
    if (rom_re_q) begin
      for (int c = 0; c < Cols; c++) begin
        if (rom_col_i == ColWidth'(c)) rom_word_o = rom_words[c];
      end
    end
  end

  logic [Latency-1:0]          out_valid_q;  // bit i: the requantizers took it i+1 cycles ago
  logic [ScaleWidth-1:0]       scale_0;   // column 0's, from which averages take theirs

  for (genvar c = 0; c < Cols; c++) begin : gen_col
    logic [Lanes*WeightWidth-1:0] weight;
    logic signed [WeightWidth-1:0] weight_zp;
    logic [AccWidth-1:0]          bias_word;
    logic [ScaleWidth-1:0]        scale, factor;
    logic signed [RequantWidth-1:0] sum;

    npu_rom #(
      .InitDir ( InitDir             ),
      .Name    ( "weight"            ),
      .Index   ( c                   ),
      .Width   ( Lanes * WeightWidth ),
      .Depth   ( WeightDepth         )
    ) u_weight_rom (
      .clk_i   ( clk_i       ),
      .re_i    ( weight_re   ),
      .addr_i  ( weight_addr ),
      .rdata_o ( weight      )
    );

    npu_rom #(
      .InitDir ( InitDir    ),
      .Name    ( "bias"     ),
      .Index   ( c          ),
      .Width   ( AccWidth   ),
      .Depth   ( ParamDepth )
    ) u_bias_rom (
      .clk_i   ( clk_i      ),
      .re_i    ( bias_re    ),
      .addr_i  ( bias_addr  ),
      .rdata_o ( bias_word  )
    );

    npu_rom #(
      .InitDir ( InitDir    ),
      .Name    ( "scale"    ),
      .Index   ( c          ),
      .Width   ( ScaleWidth ),
      .Depth   ( ParamDepth )
    ) u_scale_rom (
      .clk_i   ( clk_i      ),
      .re_i    ( scale_re   ),
      .addr_i  ( scale_addr ),
      .rdata_o ( scale      )
    );

    // Weights are fetched while the tile before them is still requantized: a second reader of
    // the scale ROM, for its top field.
    if ((WeightWidth == 1) || (WeightZeroPoint != 0)) begin : gen_zp
      logic [ScaleWidth-1:0] word;

      npu_rom #(
        .InitDir ( InitDir    ),
        .Name    ( "scale"    ),
        .Index   ( c          ),
        .Width   ( ScaleWidth ),
        .Depth   ( ParamDepth )
      ) u_zp_rom (
        .clk_i   ( clk_i     ),
        .re_i    ( weight_re ),
        .addr_i  ( zp_addr   ),
        .rdata_o ( word      )
      );

      assign weight_zp = $signed(word[ScaleWidth-1 -: WeightWidth]);
    end else begin : gen_no_zp
      assign weight_zp = '0;
    end

    npu_weight_op #(
      .Lanes       ( Lanes           ),
      .WeightWidth ( WeightWidth     ),
      .ZeroPoint   ( WeightZeroPoint ),
      .SimWidth    ( SimWidth        )
    ) u_weight_op (
      .enable_i ( weight_used                                            ),
      .code_i   ( weight                                                 ),
      .zp_i     ( weight_zp                                              ),
      .weight_o ( weight_op[c*Lanes*WeightStore +: Lanes*WeightStore]    )
    );

    assign bias[c*AccStore +: AccStore] = AccStore'($signed(bias_word));

    always_comb begin
      rom_words[c] = '0;
      if (rom_re_q) begin
        rom_words[c] = (rom_kind_i == 2'd0) ? RomWordBits'(weight) :
                       (rom_kind_i == 2'd1) ? RomWordBits'(bias_word) : RomWordBits'(scale);
      end
    end

    // A maximum needs no factor, an average that of its count.
    if (c == 0) begin : gen_scale_0
      assign scale_0 = scale;
    end

    if (Vector != 0) begin : gen_choose
      assign factor = !cfg_vector_i ? scale :
                      (cfg_kind_i == 3'd1) ? ScaleWidth'(1) :
                      (cfg_kind_i == 3'd2) ? scale_0 : scale;
      assign sum    = cfg_vector_i ? $signed(vector_acc[c*RequantWidth +: RequantWidth]) :
                                     RequantWidth'($signed(acc[c*AccStore +: AccWidth]));
    end else begin : gen_array_only
      assign factor = scale;
      assign sum    = $signed(acc[c*AccStore +: AccWidth]);
    end

    npu_requant #(
      .AccWidth   ( RequantWidth ),
      .MultWidth  ( MultWidth    ),
      .ShiftWidth ( ShiftWidth   ),
      .ActWidth   ( ActWidth     ),
      .Rounding   ( Rounding     )
    ) u_requant (
      .clk_i          ( clk_i                                ),
      .valid_i        ( emit_q                               ),
      .later_i        ( out_valid_q[2:0]                     ),
      .double_round_i ( cfg_double_round_i && !pool          ),
      .acc_i          ( sum                                  ),
      .mult_i         ( $signed(factor[MultWidth-1:0])       ),
      .shift_i        ( factor[MultWidth +: ShiftWidth]      ),
      .out_zp_i       ( pool ? {(ActWidth+1){1'b0}} : cfg_out_zp_i ),
      .act_min_i      ( cfg_act_min_i                        ),
      .act_max_i      ( cfg_act_max_i                        ),
      .data_o         ( out_data_o[c*ActWidth +: ActWidth]   )
    );
  end

  if (Dataflow == 0) begin : gen_ws
    localparam int AccAddrWidth = (AccDepth > 1) ? $clog2(AccDepth) : 1;
    // Cycles from act_req_o until the sum leaves the array.
    localparam int Depth = Rows + 2;

    logic [Rows-1:0]         load, load_q;
    logic                    load_used;
    logic [CtileWidth-1:0]   act_ctile;
    logic [AccAddrWidth-1:0] act_slot, act_slot_q;
    logic                    act_first, act_last, act_end;
    logic                    act_first_q, act_first_q2;
    logic [Cols*AccStore-1:0] sum_in;
    logic [TotalWidth-1:0]   count;

    npu_seq_ws #(
      .Rows            ( Rows            ),
      .AccDepth        ( AccDepth        ),
      .PosWidth        ( PosWidth        ),
      .StepWidth       ( StepWidth       ),
      .CtileWidth      ( CtileWidth      ),
      .WeightAddrWidth ( WeightAddrWidth )
    ) u_seq (
      .clk_i             ( clk_i             ),
      .rst_ni            ( rst_ni            ),
      .start_i           ( start_array       ),
      .cfg_positions_i   ( cfg_positions_i   ),
      .cfg_steps_i       ( cfg_steps_i       ),
      .cfg_ctiles_i      ( cfg_ctiles_i      ),
      .cfg_weight_base_i ( cfg_weight_base_i ),
      .load_o            ( load              ),
      .load_used_o       ( load_used         ),
      .load_addr_o       ( array_weight_addr ),
      .load_ctile_o      ( array_weight_ctile ),
      .act_ready_i       ( act_ready_i       ),
      .act_want_o        ( act_want_o        ),
      .act_req_o         ( act_req_o         ),
      .act_pos_o         ( act_pos_o         ),
      .act_step_o        ( act_step_o        ),
      .act_ctile_o       ( act_ctile         ),
      .act_slot_o        ( act_slot          ),
      .act_first_o       ( act_first         ),
      .act_last_o        ( act_last          ),
      .act_end_o         ( act_end           )
    );

    assign array_weight_re = |load && load_used;
    assign act_ctile_o     = act_ctile;

    // With the data of the request: weights' row, bias and buffer addresses.
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        load_q        <= '0;
        array_used_q       <= 1'b0;
        array_bias_ctile_q <= '0;
        act_slot_q    <= '0;
        act_first_q   <= 1'b0;
        act_first_q2  <= 1'b0;
      end else begin
        load_q        <= load;
        array_used_q       <= load_used && |load;
        array_bias_ctile_q <= act_ctile;
        act_slot_q    <= act_slot;
        act_first_q   <= act_first;
        act_first_q2  <= act_first_q;
      end
    end

    assign array_bias_re = act_valid_q && act_first_q;

    // What travels with the sums. Bit i: requested i+1 cycles ago.
    logic [Depth-1:0] valid_q, last_q, end_q;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        valid_q <= '0;
        last_q  <= '0;
        end_q   <= '0;
      end else begin
        valid_q <= {valid_q[Depth-2:0], act_req_o};
        last_q  <= {last_q[Depth-2:0], act_req_o & act_last};
        end_q   <= {end_q[Depth-2:0], act_req_o & act_end};
      end
    end

    assign array_emit = last_q[Depth-2];

    // The buffer: sums of one k tile wait for the next.
    logic                    buffer_we;
    logic [AccAddrWidth-1:0] buffer_slot_q;

    assign buffer_we = valid_q[Depth-1] && !last_q[Depth-1];

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) buffer_slot_q <= '0;
      else if (valid_q[Depth-1]) begin
        buffer_slot_q <= end_q[Depth-1] ? '0 : buffer_slot_q + 1'b1;
      end
    end

    for (genvar c = 0; c < Cols; c++) begin : gen_buffer
      logic [AccWidth-1:0] sum;

      npu_ram #(
        .Width ( AccWidth ),
        .Depth ( AccDepth )
      ) u_ram (
        .clk_i   ( clk_i                       ),
        .we_i    ( buffer_we                   ),
        .waddr_i ( buffer_slot_q               ),
        .wdata_i ( acc[c*AccStore +: AccWidth] ),
        .re_i    ( act_valid_q && !act_first_q ),
        .raddr_i ( act_slot_q                  ),
        .rdata_o ( sum                         )
      );

      assign sum_in[c*AccStore +: AccStore] =
          act_first_q2 ? bias[c*AccStore +: AccStore] : AccStore'($signed(sum));
    end

    npu_array_ws #(
      .Rows            ( Rows            ),
      .Cols            ( Cols            ),
      .Lanes           ( Lanes           ),
      .ActOpWidth      ( ActOpWidth      ),
      .WeightOpWidth   ( WeightOpWidth   ),
      .ProductWidth    ( ProductWidth    ),
      .ProductDrop     ( ProductDrop     ),
      .ProductRounding ( ProductRounding ),
      .ProductOverflow ( ProductOverflow ),
      .AccWidth        ( AccWidth        ),
      .AccOverflow     ( AccOverflow     ),
      .AccWrapBits     ( AccWrapBits     ),
      .SimWidth        ( SimWidth        )
    ) u_array (
      .clk_i    ( clk_i     ),
      .load_i   ( load_q    ),
      .weight_i ( weight_op ),
      .act_i    ( act_op    ),
      .sum_i    ( sum_in    ),
      .sum_o    ( acc       ),
      .count_o  ( count     )
    );

    assign sums_capture = 1'b0;
    assign sums_waiting = 1'b0;

    // Sums that are not real ones pass too; their counts do not.
    assign array_events = valid_q[Depth-1] ? count : '0;
  end else begin : gen_os
    localparam int RowWidth = (Rows > 1) ? $clog2(Rows) : 1;

    logic                  act_first, act_last;
    logic                  act_first_q, act_first_q2;
    logic [2:0]            act_last_q;
    logic [Rows-1:0]       act_rows, act_rows_q, act_rows_q2;
    logic [CtileWidth-1:0] act_ctile;

    npu_seq_os #(
      .Rows            ( Rows            ),
      .PosWidth        ( PosWidth        ),
      .StepWidth       ( StepWidth       ),
      .CtileWidth      ( CtileWidth      ),
      .WeightAddrWidth ( WeightAddrWidth )
    ) u_seq (
      .clk_i             ( clk_i             ),
      .rst_ni            ( rst_ni            ),
      .start_i           ( start_array       ),
      .cfg_positions_i   ( cfg_positions_i   ),
      .cfg_steps_i       ( cfg_steps_i       ),
      .cfg_ctiles_i      ( cfg_ctiles_i      ),
      .cfg_weight_base_i ( cfg_weight_base_i ),
      .act_ready_i       ( act_ready_i       ),
      .act_want_o        ( act_want_o        ),
      .act_req_o         ( act_req_o         ),
      .act_pos_o         ( act_pos_o         ),
      .act_step_o        ( act_step_o        ),
      .act_ctile_o       ( act_ctile         ),
      .act_addr_o        ( array_weight_addr ),
      .act_rows_o        ( act_rows          ),
      .act_first_o       ( act_first         ),
      .act_last_o        ( act_last          )
    );

    assign array_weight_re    = act_req_o;
    assign array_weight_ctile = act_ctile;
    assign act_ctile_o        = act_ctile;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        array_used_q       <= 1'b0;
        array_bias_ctile_q <= '0;
        act_first_q   <= 1'b0;
        act_first_q2  <= 1'b0;
        act_last_q    <= '0;
        act_rows_q    <= '0;
        act_rows_q2   <= '0;
      end else begin
        array_used_q       <= act_req_o;
        array_bias_ctile_q <= act_ctile;
        act_first_q   <= act_first;
        act_first_q2  <= act_first_q;
        act_last_q    <= {act_last_q[1:0], act_last};
        act_rows_q    <= act_rows;
        act_rows_q2   <= act_rows_q;
      end
    end

    assign array_bias_re = act_first_q;

    // Finished sums leave: captured in the cycle in which they stand, then one row a cycle, until
    // the last row or the last position.
    logic                capture;
    logic                drain_d, drain_q;
    logic [RowWidth-1:0] row_d, row_q;

    assign capture    = act_last_q[2];
    assign sums_capture = capture;
    assign sums_waiting = drain_q;
    assign array_emit = capture || drain_q;
    assign drain_d    = array_emit && !scale_pos_last && (row_q != RowWidth'(Rows - 1));
    assign row_d      = drain_d ? row_q + 1'b1 : '0;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        drain_q <= 1'b0;
        row_q   <= '0;
      end else begin
        drain_q <= drain_d;
        row_q   <= row_d;
      end
    end

    npu_array_os #(
      .Rows            ( Rows            ),
      .Cols            ( Cols            ),
      .Lanes           ( Lanes           ),
      .ActOpWidth      ( ActOpWidth      ),
      .WeightOpWidth   ( WeightOpWidth   ),
      .ProductWidth    ( ProductWidth    ),
      .ProductDrop     ( ProductDrop     ),
      .ProductRounding ( ProductRounding ),
      .ProductOverflow ( ProductOverflow ),
      .AccWidth        ( AccWidth        ),
      .AccOverflow     ( AccOverflow     ),
      .AccWrapBits     ( AccWrapBits     ),
      .SimWidth        ( SimWidth        )
    ) u_array (
      .clk_i     ( clk_i        ),
      .first_i   ( act_first_q2 ),
      .valid_i   ( act_rows_q2  ),
      .clear_i   ( start        ),
      .capture_i ( capture      ),
      .shift_i   ( emit_q       ),
      .weight_i  ( weight_op    ),
      .act_i     ( act_op       ),
      .bias_i    ( bias         ),
      .drain_o   ( acc          ),
      .count_o   ( array_events )
    );
  end

  ////////////////////////////
  // Lanes of the vector unit //
  ////////////////////////////

  if (Vector != 0) begin : gen_vector
    // An add's factors are the same for all: fetched once, before its first operand.
    logic [2:0]                load_q;
    logic [MultWidth-1:0]      mult_q, mult_q2;
    logic [ShiftWidth-1:0]     shift_q, shift_q2;
    logic [ParamAddrWidth-1:0] count;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) load_q <= '0;
      else load_q <= {load_q[1:0], start && cfg_vector_i && (cfg_kind_i == 3'd3)};
    end

    always_ff @(posedge clk_i) begin
      if (load_q[1]) begin
        mult_q  <= scale_0[MultWidth-1:0];
        shift_q <= scale_0[MultWidth +: ShiftWidth];
      end
      if (load_q[2]) begin
        mult_q2  <= scale_0[MultWidth-1:0];
        shift_q2 <= scale_0[MultWidth +: ShiftWidth];
      end
    end

    npu_lanes #(
      .Cols            ( Cols            ),
      .Lanes           ( Lanes           ),
      .ActWidth        ( ActWidth        ),
      .ActSigned       ( ActSigned       ),
      .WeightOpWidth   ( WeightOpWidth   ),
      .ProductWidth    ( ProductWidth    ),
      .ProductDrop     ( ProductDrop     ),
      .ProductRounding ( ProductRounding ),
      .ProductOverflow ( ProductOverflow ),
      .AccWidth        ( AccWidth        ),
      .AccOverflow     ( AccOverflow     ),
      .AccWrapBits     ( AccWrapBits     ),
      .MultWidth       ( MultWidth       ),
      .ShiftWidth      ( ShiftWidth      ),
      .Rounding        ( Rounding        ),
      .SimWidth        ( SimWidth        ),
      .CtileWidth      ( CtileWidth      ),
      .CountWidth      ( ParamAddrWidth  ),
      .EventsWidth     ( TotalWidth      )
    ) u_lanes (
      .clk_i        ( clk_i             ),
      .rst_ni       ( rst_ni            ),
      .cfg_kind_i   ( cfg_kind_i        ),
      .cfg_in_zp_i  ( cfg_in_zp_i       ),
      .cfg_second_zp_i    ( cfg_second_zp_i    ),
      .cfg_double_round_i ( cfg_double_round_i ),
      .cfg_mult_i   ( {mult_q2, mult_q}   ),
      .cfg_shift_i  ( {shift_q2, shift_q} ),
      .tap_valid_i  ( tap_valid_i       ),
      .tap_inside_i ( tap_inside_i      ),
      .tap_first_i  ( tap_first_i       ),
      .tap_fire_i   ( tap_fire_i        ),
      .tap_last_i   ( tap_last_i        ),
      .tap_lane_i   ( tap_lane_i        ),
      .tap_ctile_i  ( tap_ctile_i       ),
      .tap_data_i   ( tap_data_i        ),
      .used_o       ( vector_used       ),
      .weight_i     ( weight_op         ),
      .bias_re_o    ( vector_bias_re    ),
      .bias_ctile_o ( vector_bias_ctile ),
      .bias_i       ( bias              ),
      .emit_o       ( vector_emit       ),
      .count_o      ( count             ),
      .acc_o        ( vector_acc        ),
      .events_o     ( vector_events     )
    );

    assign vector_weight_re    = tap_valid_i;
    assign vector_weight_addr  = tap_addr_i;
    assign vector_weight_ctile = tap_ctile_i;

    assign vector_scale    = cfg_vector_i && (cfg_kind_i >= 3'd2);
    assign vector_scale_re = |load_q[1:0];
    assign vector_word     = load_q[0] ? ParamAddrWidth'(0) :
                             load_q[1] ? ParamAddrWidth'(1) :
                             (cfg_kind_i == 3'd2) ? count :
                             (cfg_kind_i == 3'd3) ? ParamAddrWidth'(2) : ParamAddrWidth'(0);
  end else begin : gen_no_vector
    assign vector_weight_re    = 1'b0;
    assign vector_weight_addr  = '0;
    assign vector_weight_ctile = '0;
    assign vector_used         = 1'b0;
    assign vector_bias_re      = 1'b0;
    assign vector_bias_ctile   = '0;
    assign vector_emit         = 1'b0;
    assign vector_acc          = '0;
    assign vector_events       = '0;
    assign vector_scale        = 1'b0;
    assign vector_scale_re     = 1'b0;
    assign vector_word         = '0;

    logic unused_vector;
    assign unused_vector = ^{tap_valid_i, tap_inside_i, tap_first_i, tap_fire_i, tap_last_i,
                             tap_lane_i, tap_ctile_i, tap_addr_i, tap_data_i, vector_acc, scale_0,
                             cfg_second_zp_i};
  end

  ////////////
  // Output //
  ////////////

  logic                  out_last;
  logic                  out_pos_last;
  logic [TotalWidth-1:0] events_q;
  logic [EventWidth-1:0] overflows_q;

  npu_walk #(
    .PosWidth   ( PosWidth   ),
    .CtileWidth ( CtileWidth )
  ) u_scale_walk (
    .clk_i       ( clk_i           ),
    .rst_ni      ( rst_ni          ),
    .clear_i     ( start           ),
    .next_i      ( emit            ),
    .positions_i ( cfg_positions_i ),
    .ctiles_i    ( cfg_ctiles_i    ),
    .pos_o       ( scale_pos       ),
    .ctile_o     ( scale_ctile     ),
    .pos_last_o  ( scale_pos_last  ),
    .last_o      ( scale_last      )
  );

  npu_walk #(
    .PosWidth   ( PosWidth   ),
    .CtileWidth ( CtileWidth )
  ) u_out_walk (
    .clk_i       ( clk_i           ),
    .rst_ni      ( rst_ni          ),
    .clear_i     ( start           ),
    .next_i      ( out_valid_o     ),
    .positions_i ( cfg_positions_i ),
    .ctiles_i    ( cfg_ctiles_i    ),
    .pos_o       ( out_pos_o       ),
    .ctile_o     ( out_ctile_o     ),
    .pos_last_o  ( out_pos_last    ),
    .last_o      ( out_last        )
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      emit_q      <= 1'b0;
      out_valid_q <= '0;
    end else begin
      emit_q      <= emit;
      out_valid_q <= {out_valid_q[Latency-2:0], emit_q};
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      events_q    <= '0;
      overflows_q <= '0;
    end else if (start) begin
      events_q    <= '0;
      overflows_q <= '0;
    end else begin
      events_q <= events;
      if (|events_q) overflows_q <= overflows_q + EventWidth'(events_q);
    end
  end

  assign out_valid_o = out_valid_q[Latency-1];
  assign done_o      = out_valid_o && out_last;
  assign overflows_o = overflows_q;

  logic unused;
  assign unused = ^{sums_capture, sums_waiting, scale_pos, scale_pos_last, scale_last, out_pos_last,
                    zp_addr, bias_ctile, scale_ctile, weight_ctile};

endmodule
