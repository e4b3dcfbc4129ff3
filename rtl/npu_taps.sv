// The vector unit's walk: for each channel tile, each position, each tap in (ky, kx) order, one
// cycle and, inside the image, one read of the tile's channels.
//
//   cycle -1  the read            0  tap_* (npu_lanes)            1  tap_data_o, column order
//
// With a multiplier above 1 several columns share an input channel: their index within the read
// is built once a channel tile, a column a cycle. Element-wise layers are 1 x 2 kernels whose
// second tap lies in the other tensor. It does not add, and knows no results.
module npu_taps #(
  parameter int Cols            = 4,
  parameter int Lanes           = 1,
  parameter int Banks           = 16,
  parameter int ActWidth        = 8,
  parameter int ElemWidth       = 14,
  parameter int SpanWidth       = 20,
  parameter int PosWidth        = 16,
  parameter int StepWidth       = 16,
  parameter int CtileWidth      = 8,
  parameter int WeightAddrWidth = 12,
  // derived: do not set
  parameter int LaneIndexWidth  = (Lanes > 1) ? $clog2(Lanes) : 1
) (
  input  logic                        clk_i,
  input  logic                        rst_ni,

  input  logic                        start_i,

  input  logic                        cfg_pair_i,         // all taps are inside
  input  logic [ActWidth-1:0]         cfg_zero_i,         // code of columns without a channel
  input  logic [ActWidth-1:0]         cfg_second_zero_i,  // of a pair's second tap
  input  logic [PosWidth-1:0]         cfg_positions_i,
  input  logic [StepWidth-1:0]        cfg_steps_i,
  input  logic [CtileWidth-1:0]       cfg_ctiles_i,
  input  logic [WeightAddrWidth-1:0]  cfg_weight_base_i,
  input  logic [15:0]                 cfg_channels_i,     // of the output
  input  logic [15:0]                 cfg_multiplier_i,
  input  logic [15:0]                 cfg_in_h_i,
  input  logic [15:0]                 cfg_out_w_i,
  input  logic [15:0]                 cfg_kernel_h_i,
  input  logic [15:0]                 cfg_kernel_w_i,
  input  logic [15:0]                 cfg_stride_y_i,
  input  logic [15:0]                 cfg_dilation_y_i,
  input  logic [15:0]                 cfg_pad_top_i,
  input  logic signed [SpanWidth-1:0] cfg_row_size_i,
  input  logic signed [SpanWidth-1:0] cfg_first_x_i,
  input  logic signed [SpanWidth-1:0] cfg_first_addr_i,
  input  logic signed [SpanWidth-1:0] cfg_step_ox_i,
  input  logic signed [SpanWidth-1:0] cfg_step_oy_i,
  input  logic signed [SpanWidth-1:0] cfg_step_ky_i,
  input  logic signed [SpanWidth-1:0] cfg_step_kx_i,

  output logic                        re_o,
  output logic [ElemWidth-1:0]        raddr_o,
  input  logic [Banks*ActWidth-1:0]   rdata_i,

  output logic                        tap_valid_o,
  output logic                        tap_inside_o,
  output logic                        tap_first_o,
  output logic                        tap_fire_o,
  output logic                        tap_last_o,
  output logic [LaneIndexWidth-1:0]   tap_lane_o,
  output logic [CtileWidth-1:0]       tap_ctile_o,
  output logic [WeightAddrWidth-1:0]  tap_addr_o,
  output logic [PosWidth-1:0]         tap_pos_o,
  output logic [StepWidth-1:0]        tap_step_o,
  output logic [Cols*ActWidth-1:0]    tap_data_o
);

  localparam int BankWidth  = $clog2(Banks);
  localparam int ColWidth   = $clog2(Cols + 1);

  logic                        run_q, index_run_q;
  logic [CtileWidth-1:0]       ctile_q;
  logic [WeightAddrWidth-1:0]  base_q;        // weights of the channel tile
  logic [StepWidth-1:0]        step_q;
  logic [15:0]                 channels_q;    // left, from the tile's first
  logic signed [SpanWidth-1:0] channel_q;     // input channel of the tile's column 0
  logic [PosWidth-1:0]         pos_q;
  logic [15:0]                 ox_q, ky_q, kx_q;
  logic [LaneIndexWidth-1:0]   lane_q;
  logic signed [17:0]          y_q, tap_y_q;
  logic signed [SpanWidth-1:0] x_q, addr_q, line_q;            // the window's first tap
  logic signed [SpanWidth-1:0] tap_x_q, tap_addr_q, tap_row_q; // against it

  // Columns to input channels.
  logic                        shared;
  logic [ColWidth-1:0]         index_col_q;
  logic [15:0]                 index_rest_q;  // column's place within its input channel
  logic [ColWidth-1:0]         index_q;
  logic [Cols*ColWidth-1:0]    index_table_q;
  logic                        index_end, index_wrap;

  logic                        row_end, tap_last, pos_last, line_end, ctile_last, fire, covered;
  logic signed [17:0]          y, first_y;
  logic signed [SpanWidth-1:0] x;

  assign shared     = (cfg_multiplier_i > 16'd1);
  assign index_end  = (index_col_q == ColWidth'(Cols - 1));
  assign index_wrap = (index_rest_q == cfg_multiplier_i - 16'd1);

  assign first_y    = -$signed({2'b00, cfg_pad_top_i});
  assign row_end    = (kx_q == cfg_kernel_w_i - 16'd1);
  assign tap_last   = row_end && (ky_q == cfg_kernel_h_i - 16'd1);
  assign pos_last   = (pos_q == cfg_positions_i - 1'b1);
  assign line_end   = (ox_q == cfg_out_w_i - 16'd1);
  assign ctile_last = (ctile_q == cfg_ctiles_i - 1'b1);
  assign fire       = tap_last || (lane_q == LaneIndexWidth'(Lanes - 1));
  assign y          = y_q + tap_y_q;
  assign x          = x_q + tap_x_q;
  assign covered    = cfg_pair_i || ((y >= 18'sd0) && (y < $signed({2'b00, cfg_in_h_i})) &&
                      !x[SpanWidth-1] && (x < cfg_row_size_i));

  assign re_o    = run_q && covered;
  assign raddr_o = ElemWidth'(addr_q + tap_addr_q + channel_q);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      run_q       <= 1'b0;
      index_run_q <= 1'b0;
    end else if (start_i) begin
      run_q       <= !shared;
      index_run_q <= shared;
    end else if (index_run_q && index_end) begin
      run_q       <= 1'b1;
      index_run_q <= 1'b0;
    end else if (run_q && tap_last && pos_last) begin
      run_q       <= !ctile_last && !shared;
      index_run_q <= !ctile_last && shared;
    end
  end

  // The walk.
  always_ff @(posedge clk_i) begin
    if (start_i || (run_q && tap_last && pos_last)) begin
      pos_q  <= '0;
      ox_q   <= '0;
      y_q    <= first_y;
      x_q    <= cfg_first_x_i;
      addr_q <= cfg_first_addr_i;
      line_q <= cfg_first_addr_i;
    end else if (run_q && tap_last) begin
      pos_q <= pos_q + 1'b1;
      if (line_end) begin
        ox_q   <= '0;
        y_q    <= y_q + $signed({2'b00, cfg_stride_y_i});
        x_q    <= cfg_first_x_i;
        addr_q <= line_q + cfg_step_oy_i;
        line_q <= line_q + cfg_step_oy_i;
      end else begin
        ox_q   <= ox_q + 16'd1;
        x_q    <= x_q + cfg_step_ox_i;
        addr_q <= addr_q + cfg_step_ox_i;
      end
    end

    if (start_i || (run_q && tap_last)) begin
      ky_q       <= '0;
      kx_q       <= '0;
      lane_q     <= '0;
      step_q     <= '0;
      tap_y_q    <= '0;
      tap_x_q    <= '0;
      tap_addr_q <= '0;
      tap_row_q  <= '0;
    end else if (run_q) begin
      lane_q <= fire ? '0 : lane_q + 1'b1;
      step_q <= step_q + StepWidth'({1'b0, fire});
      if (row_end) begin
        ky_q       <= ky_q + 16'd1;
        kx_q       <= '0;
        tap_y_q    <= tap_y_q + $signed({2'b00, cfg_dilation_y_i});
        tap_x_q    <= '0;
        tap_addr_q <= tap_row_q + cfg_step_ky_i;
        tap_row_q  <= tap_row_q + cfg_step_ky_i;
      end else begin
        kx_q       <= kx_q + 16'd1;
        tap_x_q    <= tap_x_q + cfg_step_kx_i;
        tap_addr_q <= tap_addr_q + cfg_step_kx_i;
      end
    end

    if (start_i) begin
      ctile_q    <= '0;
      base_q     <= cfg_weight_base_i;
      channels_q <= cfg_channels_i;
      channel_q  <= '0;
    end else if (run_q && tap_last && pos_last) begin
      ctile_q    <= ctile_q + 1'b1;
      base_q     <= base_q + WeightAddrWidth'(cfg_steps_i);
      channels_q <= channels_q - 16'(Cols);
      channel_q  <= channel_q + (shared ? SpanWidth'(index_q) : SpanWidth'(Cols));
    end
  end

  // The index: after Cols columns, index_q is the next tile's first channel against this one's.
  always_ff @(posedge clk_i) begin
    if (start_i) begin
      index_col_q  <= '0;
      index_rest_q <= '0;
      index_q      <= '0;
    end else if (index_run_q) begin
      index_col_q  <= index_end ? '0 : index_col_q + 1'b1;
      index_rest_q <= index_wrap ? 16'd0 : index_rest_q + 16'd1;
      index_q      <= index_q + ColWidth'({1'b0, index_wrap});
    end else if (run_q && tap_last && pos_last) begin
      index_q      <= '0;
    end
  end

  // What belongs to the tap, a cycle after its read.
  logic                       valid_q, inside_q, first_q, fire_q, last_q;
  logic [LaneIndexWidth-1:0]  lane_q2;
  logic [CtileWidth-1:0]      ctile_q2;
  logic [WeightAddrWidth-1:0] waddr_q;
  logic [PosWidth-1:0]        pos_q2;
  logic [StepWidth-1:0]       step_q2;
  logic [15:0]                channels_q2;
  logic [BankWidth-1:0]       turn_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q <= 1'b0;
    end else begin
      valid_q <= run_q;
    end
  end

  always_ff @(posedge clk_i) begin
    if (run_q) begin
      inside_q    <= covered;
      first_q     <= (ky_q == '0) && (kx_q == '0);
      fire_q      <= fire;
      last_q      <= tap_last;
      lane_q2     <= lane_q;
      ctile_q2    <= ctile_q;
      waddr_q     <= base_q + WeightAddrWidth'(step_q);
      pos_q2      <= pos_q;
      step_q2     <= step_q;
      channels_q2 <= channels_q;
      turn_q      <= BankWidth'(raddr_o);
    end
  end

  assign tap_valid_o  = valid_q;
  assign tap_inside_o = inside_q;
  assign tap_first_o  = first_q;
  assign tap_fire_o   = fire_q;
  assign tap_last_o   = last_q;
  assign tap_lane_o   = lane_q2;
  assign tap_ctile_o  = ctile_q2;
  assign tap_addr_o   = waddr_q;
  assign tap_pos_o    = pos_q2;
  assign tap_step_o   = step_q2;

  // The read, in column order; past the last channel zero points, which count for nothing.
  logic [2*Banks*ActWidth-1:0] around;
  logic [Cols*ActWidth-1:0]    turned;

  assign around = {rdata_i, rdata_i};
  assign turned = around[32'(turn_q)*ActWidth +: Cols*ActWidth];

  for (genvar c = 0; c < Cols; c++) begin : gen_col
    logic [ColWidth-1:0] at;
    logic [ActWidth-1:0] data_q;

    always_ff @(posedge clk_i) begin
      if (index_run_q && (index_col_q == ColWidth'(c))) begin
        index_table_q[c*ColWidth +: ColWidth] <= index_q;
      end
      if (valid_q) begin
        data_q <= (channels_q2 > 16'(c)) ? turned[32'(at)*ActWidth +: ActWidth] :
                  (cfg_pair_i && last_q) ? cfg_second_zero_i : cfg_zero_i;
      end
    end

    assign at = shared ? index_table_q[c*ColWidth +: ColWidth] : ColWidth'(c);
    assign tap_data_o[c*ActWidth +: ActWidth] = data_q;
  end

  logic unused;
  assign unused = ^{cfg_steps_i, raddr_o};

endmodule
