// The arithmetic of the vector unit: Cols columns, each with its own operand. A depthwise column
// is one npu_pe that takes Lanes taps a step; a pooling column is one npu_pool, an element-wise
// one an npu_pair, whose two operands are two taps.
//
//   cycle  0  tap_valid_i and its flags; the weight ROMs are addressed
//          1  tap_data_i, weight_i: operands are registered, lane by lane
//          2  bias_i; fire: the step is added
//          3  acc_o; emit_o was high in 2 for the last tap (an add: three cycles later)
//
// It does not fetch and does not know positions.
module npu_lanes #(
  parameter int Cols            = 4,
  parameter int Lanes           = 1,
  parameter int ActWidth        = 8,
  parameter int ActSigned       = 1,
  parameter int WeightOpWidth   = 8,
  parameter int ProductWidth    = 0,
  parameter int ProductDrop     = 0,
  parameter int ProductRounding = 0,
  parameter int ProductOverflow = 0,
  parameter int AccWidth        = 32,
  parameter int AccOverflow     = 0,
  parameter int AccWrapBits     = 0,
  parameter int MultWidth       = 32,
  parameter int ShiftWidth      = 6,
  parameter int Rounding        = 0,
  parameter int SimWidth        = 0,
  parameter int CtileWidth      = 8,
  parameter int CountWidth      = 6,
  parameter int EventsWidth     = 5,
  // derived: do not set
  parameter int LaneIndexWidth  = (Lanes > 1) ? $clog2(Lanes) : 1,
  parameter int WeightStore     = (SimWidth > WeightOpWidth) ? SimWidth : WeightOpWidth,
  parameter int AccStore        = (SimWidth > AccWidth) ? SimWidth : AccWidth,
  parameter int PoolWidth       = (AccWidth > ActWidth + 1) ? AccWidth : ActWidth + 1
) (
  input  logic                              clk_i,
  input  logic                              rst_ni,

  input  logic [2:0]                        cfg_kind_i,   // 0 depthwise, 1 maximum, 2 average,
                                                          // 3 add, 4 mul
  input  logic signed [ActWidth:0]          cfg_in_zp_i,
  input  logic signed [ActWidth:0]          cfg_second_zp_i,
  input  logic                              cfg_double_round_i,
  input  logic [2*MultWidth-1:0]            cfg_mult_i,   // of an add's operands
  input  logic [2*ShiftWidth-1:0]           cfg_shift_i,

  input  logic                              tap_valid_i,
  input  logic                              tap_inside_i,
  input  logic                              tap_first_i,  // of the position
  input  logic                              tap_fire_i,   // last of the step
  input  logic                              tap_last_i,   // of the position
  input  logic [LaneIndexWidth-1:0]         tap_lane_i,
  input  logic [CtileWidth-1:0]             tap_ctile_i,
  input  logic [Cols*ActWidth-1:0]          tap_data_i,

  output logic                              used_o,       // weight_i is wanted
  input  logic [Cols*Lanes*WeightStore-1:0] weight_i,
  output logic                              bias_re_o,
  output logic [CtileWidth-1:0]             bias_ctile_o,
  input  logic [Cols*AccStore-1:0]          bias_i,

  output logic                              emit_o,
  output logic [CountWidth-1:0]             count_o,      // taps inside, with emit_o
  output logic [Cols*PoolWidth-1:0]         acc_o,
  output logic [EventsWidth-1:0]            events_o
);

  localparam int ActOpWidth = ActWidth + 1;
  localparam int ActStore   = (SimWidth > ActOpWidth) ? SimWidth : ActOpWidth;
  localparam int WeightCol  = Lanes * WeightStore;

  logic                      depthwise, average, add, paired;
  logic [2:0]                emit_q;                // an add's, on its way
  logic                      valid_q, inside_q, first_q, fire_q, last_q;
  logic                      fired_q;               // the last tap ended a step
  logic                      begin_q, begin_q2;     // the step under way is the position's first
  logic                      fire_q2, last_q2, inside_q2, first_q2;
  logic [LaneIndexWidth-1:0] lane_q;
  logic [CtileWidth-1:0]     ctile_q;
  logic [CountWidth-1:0]     count_q;

  assign depthwise = (cfg_kind_i == 3'd0);
  assign average   = (cfg_kind_i == 3'd2);
  assign add       = (cfg_kind_i == 3'd3);
  assign paired    = (cfg_kind_i >= 3'd3);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q   <= 1'b0;
      inside_q  <= 1'b0;
      first_q   <= 1'b0;
      fire_q    <= 1'b0;
      last_q    <= 1'b0;
      fired_q   <= 1'b0;
      begin_q   <= 1'b0;
      begin_q2  <= 1'b0;
      fire_q2   <= 1'b0;
      last_q2   <= 1'b0;
      inside_q2 <= 1'b0;
      first_q2  <= 1'b0;
      lane_q    <= '0;
      ctile_q   <= '0;
      count_q   <= '0;
      emit_q    <= '0;
    end else begin
      valid_q   <= tap_valid_i;
      inside_q  <= tap_valid_i && tap_inside_i;
      first_q   <= tap_valid_i && tap_first_i;
      fire_q    <= tap_valid_i && tap_fire_i;
      last_q    <= tap_valid_i && tap_last_i;
      lane_q    <= tap_lane_i;
      ctile_q   <= tap_ctile_i;
      if (tap_valid_i) fired_q <= tap_fire_i;
      if (tap_valid_i && (tap_first_i || fired_q)) begin_q <= tap_first_i;
      begin_q2  <= begin_q;
      fire_q2   <= fire_q;
      last_q2   <= last_q;
      inside_q2 <= inside_q;
      first_q2  <= first_q;
      emit_q    <= {emit_q[1:0], last_q2 && add};
      if (valid_q) count_q <= (first_q ? '0 : count_q) + CountWidth'({1'b0, inside_q});
    end
  end

  assign used_o       = valid_q && depthwise;
  assign bias_re_o    = fire_q && begin_q && depthwise;
  assign bias_ctile_o = ctile_q;
  assign emit_o       = add ? emit_q[2] : last_q2;
  assign count_o      = count_q;

  logic [Cols-1:0]       overflows;
  logic                  pool;
  logic                  pe_first, pe_valid, pool_valid, pool_first, pair_valid;
  logic [2:0]            add_q;                 // an add's operand, one to three cycles ago
  logic signed [MultWidth-1:0] mult;
  logic [ShiftWidth-1:0] shift;

  assign pool  = !depthwise && !paired;

  assign pe_first   = fire_q2 && begin_q2;
  assign pe_valid   = fire_q2 && depthwise;
  assign pool_valid = inside_q2 && pool;
  assign pool_first = first_q2 && pool;
  assign pair_valid = inside_q2 && paired;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) add_q <= '0;
    else add_q <= {add_q[1:0], pair_valid && add};
  end

  assign mult  = $signed(first_q2 ? cfg_mult_i[0 +: MultWidth] : cfg_mult_i[MultWidth +: MultWidth]);
  assign shift = first_q2 ? cfg_shift_i[0 +: ShiftWidth] : cfg_shift_i[ShiftWidth +: ShiftWidth];

  for (genvar c = 0; c < Cols; c++) begin : gen_col
    logic signed [ActOpWidth-1:0] code, op, code_q;
    logic [Lanes*ActStore-1:0]    act;
    logic [WeightCol-1:0]         weight_q;
    logic signed [AccStore-1:0]   init, sum;
    logic signed [PoolWidth-1:0]  pooled;
    logic signed [AccWidth-1:0]   pair;
    logic                         overflow, pool_overflow, pair_overflow;

    if (ActSigned != 0) begin : gen_signed
      assign code = ActOpWidth'($signed(tap_data_i[c*ActWidth +: ActWidth]));
    end else begin : gen_unsigned
      assign code = $signed({1'b0, tap_data_i[c*ActWidth +: ActWidth]});
    end

    assign init = pe_first ? $signed(bias_i[c*AccStore +: AccStore]) : '0;
    assign op = !inside_q ? '0 : code - ((paired && !first_q) ? cfg_second_zp_i : cfg_in_zp_i);

    for (genvar l = 0; l < Lanes; l++) begin : gen_lane
      logic signed [ActOpWidth-1:0] op_q;

      always_ff @(posedge clk_i) begin
        if (used_o) begin
          if (lane_q == LaneIndexWidth'(l)) op_q <= op;
          else if (lane_q == '0) op_q <= '0;
        end
      end

      assign act[l*ActStore +: ActStore] = ActStore'(op_q);
    end

    always_ff @(posedge clk_i) begin
      code_q <= paired ? op : code;
      if (used_o) weight_q <= weight_i[c*WeightCol +: WeightCol];
    end

    npu_pe #(
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
      .SimWidth        ( SimWidth        ),
      .CountWidth      ( 1               ),
      .Own             ( 1               ),
      .Gated           ( 1               )
    ) u_pe (
      .clk_i    ( clk_i                                   ),
      .first_i  ( pe_first                                ),
      .valid_i  ( pe_valid                                ),
      .clear_i  ( 1'b0                                    ),
      .act_i    ( act                                     ),
      .weight_i ( weight_q                                ),
      .init_i   ( init                                    ),
      .sum_i    ( {AccStore{1'b0}}                        ),
      .count_i  ( 1'b0                                    ),
      .sum_o    ( sum                                     ),
      .count_o  ( overflow                                )
    );

    npu_pool #(
      .ActOpWidth  ( ActOpWidth  ),
      .AccWidth    ( AccWidth    ),
      .AccOverflow ( AccOverflow ),
      .AccWrapBits ( AccWrapBits )
    ) u_pool (
      .clk_i      ( clk_i                    ),
      .valid_i    ( pool_valid               ),
      .first_i    ( pool_first               ),
      .average_i  ( average                  ),
      .code_i     ( code_q                   ),
      .result_o   ( pooled                   ),
      .overflow_o ( pool_overflow            )
    );

    npu_pair #(
      .ActOpWidth  ( ActOpWidth  ),
      .MultWidth   ( MultWidth   ),
      .ShiftWidth  ( ShiftWidth  ),
      .Rounding    ( Rounding    ),
      .AccWidth    ( AccWidth    ),
      .AccOverflow ( AccOverflow ),
      .AccWrapBits ( AccWrapBits )
    ) u_pair (
      .clk_i          ( clk_i               ),
      .valid_i        ( pair_valid          ),
      .later_i        ( add_q               ),
      .second_i       ( !first_q2           ),
      .add_i          ( add                 ),
      .double_round_i ( cfg_double_round_i  ),
      .mult_i         ( mult                ),
      .shift_i        ( shift               ),
      .op_i           ( code_q              ),
      .result_o       ( pair                ),
      .overflow_o     ( pair_overflow       )
    );

    assign acc_o[c*PoolWidth +: PoolWidth] =
        depthwise ? PoolWidth'($signed(sum[AccWidth-1:0])) : paired ? PoolWidth'(pair) : pooled;
    assign overflows[c] = depthwise ? overflow : paired ? pair_overflow : pool_overflow;
  end

  // Columns past the last channel are given zero points (npu_taps), so they count nothing.
  always_comb begin
    events_o = '0;
    for (int c = 0; c < Cols; c++) begin
      events_o = events_o + EventsWidth'({1'b0, overflows[c]});
    end
  end

endmodule
