// The MAC part of the NPU: sequencer, weight and parameter ROMs, array, accumulator buffer,
// requantizers. It is given one layer's registers, asks for activations and emits one vector of
// Cols codes at a time. It does not know of images, taps or networks, nor store activations.
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
  parameter     InitDir         = "",  // as npu_rom
  // derived: do not set
  parameter int WeightAddrWidth = (WeightDepth > 1) ? $clog2(WeightDepth) : 1,
  parameter int ParamAddrWidth  = (ParamDepth > 1) ? $clog2(ParamDepth) : 1
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
  output logic                           busy_o,
  output logic                           done_o,             // with the last out_valid_o
  output logic [CycleWidth-1:0]          cycles_o,           // from start_i to done_o
  output logic [EventWidth-1:0]          overflows_o,        // valid from done_o to start_i

  output logic                           act_req_o,
  output logic [PosWidth-1:0]            act_pos_o,
  output logic [StepWidth-1:0]           act_step_o,
  input  logic [Rows*Lanes*ActWidth-1:0] act_data_i,         // one cycle after act_req_o

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

  /////////////
  // Control //
  /////////////

  logic                  start;
  logic                  busy_d, busy_q;
  logic [CycleWidth-1:0] cycles_d, cycles_q;

  assign start = start_i && !busy_q;

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

  logic                        weight_re;      // fetch weights and their zero point
  logic [WeightAddrWidth-1:0]  weight_addr;
  logic [CtileWidth-1:0]       weight_ctile;
  logic                        weight_used_q;  // with the fetched weights: not beyond the end
  logic                        bias_re;
  logic [CtileWidth-1:0]       bias_ctile_q;
  logic                        emit;           // acc holds a finished vector in the next cycle
  logic                        emit_q;
  logic [Cols*Lanes*WeightStore-1:0] weight_op;
  logic [Cols*AccStore-1:0]    bias;
  logic [Cols*AccStore-1:0]    acc;
  logic [TotalWidth-1:0]       events;         // to be added to overflows_o

  logic [PosWidth-1:0]         scale_pos;
  logic [CtileWidth-1:0]       scale_ctile;
  logic                        scale_pos_last;
  logic                        scale_last;

  logic [ParamAddrWidth-1:0]   zp_addr, bias_addr, scale_addr;

  assign zp_addr    = cfg_param_base_i + ParamAddrWidth'(weight_ctile);
  assign bias_addr  = cfg_param_base_i + ParamAddrWidth'(bias_ctile_q);
  assign scale_addr = cfg_param_base_i + ParamAddrWidth'(scale_ctile);

  for (genvar c = 0; c < Cols; c++) begin : gen_col
    logic [Lanes*WeightWidth-1:0] weight;
    logic signed [WeightWidth-1:0] weight_zp;
    logic [AccWidth-1:0]          bias_word;
    logic [ScaleWidth-1:0]        scale;

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
      .re_i    ( emit       ),
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
      .enable_i ( weight_used_q                                          ),
      .code_i   ( weight                                                 ),
      .zp_i     ( weight_zp                                              ),
      .weight_o ( weight_op[c*Lanes*WeightStore +: Lanes*WeightStore]    )
    );

    assign bias[c*AccStore +: AccStore] = AccStore'($signed(bias_word));

    npu_requant #(
      .AccWidth   ( AccWidth   ),
      .MultWidth  ( MultWidth  ),
      .ShiftWidth ( ShiftWidth ),
      .ActWidth   ( ActWidth   ),
      .Rounding   ( Rounding   )
    ) u_requant (
      .clk_i          ( clk_i                                      ),
      .valid_i        ( emit_q                                     ),
      .double_round_i ( cfg_double_round_i                         ),
      .acc_i          ( $signed(acc[c*AccStore +: AccWidth])       ),
      .mult_i         ( $signed(scale[MultWidth-1:0])              ),
      .shift_i        ( scale[MultWidth +: ShiftWidth]             ),
      .out_zp_i       ( cfg_out_zp_i                               ),
      .act_min_i      ( cfg_act_min_i                              ),
      .act_max_i      ( cfg_act_max_i                              ),
      .data_o         ( out_data_o[c*ActWidth +: ActWidth]         )
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
      .start_i           ( start             ),
      .cfg_positions_i   ( cfg_positions_i   ),
      .cfg_steps_i       ( cfg_steps_i       ),
      .cfg_ctiles_i      ( cfg_ctiles_i      ),
      .cfg_weight_base_i ( cfg_weight_base_i ),
      .load_o            ( load              ),
      .load_used_o       ( load_used         ),
      .load_addr_o       ( weight_addr       ),
      .load_ctile_o      ( weight_ctile      ),
      .act_req_o         ( act_req_o         ),
      .act_pos_o         ( act_pos_o         ),
      .act_step_o        ( act_step_o        ),
      .act_ctile_o       ( act_ctile         ),
      .act_slot_o        ( act_slot          ),
      .act_first_o       ( act_first         ),
      .act_last_o        ( act_last          ),
      .act_end_o         ( act_end           )
    );

    assign weight_re = |load && load_used;

    // With the data of the request: weights' row, bias and buffer addresses.
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        load_q        <= '0;
        weight_used_q <= 1'b0;
        bias_ctile_q  <= '0;
        act_slot_q    <= '0;
        act_first_q   <= 1'b0;
        act_first_q2  <= 1'b0;
      end else begin
        load_q        <= load;
        weight_used_q <= load_used;
        bias_ctile_q  <= act_ctile;
        act_slot_q    <= act_slot;
        act_first_q   <= act_first;
        act_first_q2  <= act_first_q;
      end
    end

    assign bias_re = act_valid_q && act_first_q;

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

    assign emit = last_q[Depth-2];

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

    // Sums that are not real ones pass too; their counts do not.
    assign events = valid_q[Depth-1] ? count : '0;
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
      .start_i           ( start             ),
      .cfg_positions_i   ( cfg_positions_i   ),
      .cfg_steps_i       ( cfg_steps_i       ),
      .cfg_ctiles_i      ( cfg_ctiles_i      ),
      .cfg_weight_base_i ( cfg_weight_base_i ),
      .act_req_o         ( act_req_o         ),
      .act_pos_o         ( act_pos_o         ),
      .act_step_o        ( act_step_o        ),
      .act_ctile_o       ( act_ctile         ),
      .act_addr_o        ( weight_addr       ),
      .act_rows_o        ( act_rows          ),
      .act_first_o       ( act_first         ),
      .act_last_o        ( act_last          )
    );

    assign weight_re    = act_req_o;
    assign weight_ctile = act_ctile;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        weight_used_q <= 1'b0;
        bias_ctile_q  <= '0;
        act_first_q   <= 1'b0;
        act_first_q2  <= 1'b0;
        act_last_q    <= '0;
        act_rows_q    <= '0;
        act_rows_q2   <= '0;
      end else begin
        weight_used_q <= act_req_o;
        bias_ctile_q  <= act_ctile;
        act_first_q   <= act_first;
        act_first_q2  <= act_first_q;
        act_last_q    <= {act_last_q[1:0], act_last};
        act_rows_q    <= act_rows;
        act_rows_q2   <= act_rows_q;
      end
    end

    assign bias_re = act_first_q;

    // Finished sums leave: captured in the cycle in which they stand, then one row a cycle, until
    // the last row or the last position.
    logic                capture;
    logic                drain_d, drain_q;
    logic [RowWidth-1:0] row_d, row_q;

    assign capture = act_last_q[2];
    assign emit    = capture || drain_q;
    assign drain_d = emit && !scale_pos_last && (row_q != RowWidth'(Rows - 1));
    assign row_d   = drain_d ? row_q + 1'b1 : '0;

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
      .count_o   ( events       )
    );
  end

  ////////////
  // Output //
  ////////////

  logic [Latency-1:0]    out_valid_q;  // bit i: the requantizers took it i+1 cycles ago
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
  assign unused = ^{scale_pos, scale_pos_last, scale_last, out_pos_last, zp_addr, bias_ctile_q, scale_ctile,
                    weight_ctile};

endmodule
