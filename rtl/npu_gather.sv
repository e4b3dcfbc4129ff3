// Images to vectors, on the fly: for each pass (channel tile, block of positions, chunk), for each
// position of the block, the chunk's codes, zero points where the window leaves the image.
//
//   list (npu_segments) --> ways (npu_way) --> one read a cycle --> merge --> vec_o
//   next pass's segments    windows on memory
//
// A chunk's first Ways segments have a window each and read only what it lacks; the others are
// read at every position. cycle t: a position is completed (ready_o and want_i); t + 2: vec_o.
// docs/rtl/core.md has the cost rule. It does not know weights, sums or results.
module npu_gather #(
  parameter int Ways         = 4,
  parameter int Chunk        = 16,   // rows * lanes
  parameter int Block        = 256,  // positions of a pass
  parameter int Banks        = 16,
  parameter int ActWidth     = 8,
  parameter int ElemWidth    = 14,   // of an element address
  parameter int SpanWidth    = 20,   // signed elements
  parameter int PosWidth     = 16,
  parameter int CtileWidth   = 8,
  // derived: do not set
  parameter int RowWidth     = (Block > 1) ? $clog2(Block) : 1
) (
  input  logic                        clk_i,
  input  logic                        rst_ni,

  input  logic                        start_i,
  input  logic                        want_i,      // a position may be worked on
  output logic                        ready_o,     // the position at hand needs nothing after this
  output logic                        pass_end_o,  // it is completed, the last of its pass

  input  logic [PosWidth-1:0]         cfg_positions_i,
  input  logic [CtileWidth-1:0]       cfg_ctiles_i,
  input  logic [15:0]                 cfg_in_h_i,
  input  logic [15:0]                 cfg_out_w_i,
  input  logic [15:0]                 cfg_kernel_h_i,
  input  logic [15:0]                 cfg_runs_i,
  input  logic [15:0]                 cfg_stride_y_i,
  input  logic [15:0]                 cfg_dilation_y_i,
  input  logic [15:0]                 cfg_pad_top_i,
  input  logic signed [SpanWidth-1:0] cfg_row_size_i,
  input  logic signed [SpanWidth-1:0] cfg_run_i,
  input  logic signed [SpanWidth-1:0] cfg_first_x_i,    // of the window of output column 0
  input  logic signed [SpanWidth-1:0] cfg_first_addr_i, // of the window of output (0, 0)
  input  logic signed [SpanWidth-1:0] cfg_step_ox_i,
  input  logic signed [SpanWidth-1:0] cfg_step_oy_i,
  input  logic signed [SpanWidth-1:0] cfg_step_ky_i,
  input  logic signed [SpanWidth-1:0] cfg_step_kx_i,
  input  logic [ActWidth-1:0]         cfg_zero_i,

  output logic                        re_o,
  output logic [ElemWidth-1:0]        raddr_o,
  input  logic [Banks*ActWidth-1:0]   rdata_i,

  output logic                        vec_valid_o,
  output logic                        vec_last_o,  // of its pass
  output logic [RowWidth-1:0]         vec_row_o,   // position within its pass
  output logic [Chunk*ActWidth-1:0]   vec_o
);

  localparam int PlaceWidth = $clog2(Chunk + 1);
  localparam int StateWidth = 2 * 16 + 16 + 3 * SpanWidth + PlaceWidth;
  localparam int EntryWidth = 16 + 2 * SpanWidth + 2 * PlaceWidth;
  localparam int IndexWidth = $clog2(Ways + 1);

  //////////////////////////////////////
  // The next pass's segments, listed //
  //////////////////////////////////////

  logic                        swap;             // the next pass becomes the one at hand
  logic                        listing_q, listed_q;
  logic [IndexWidth-1:0]       list_index_q;     // saturates at Ways
  logic [Ways-1:0]             next_valid_q;
  logic [Ways*EntryWidth-1:0]  next_q;
  logic                        next_more_q, next_final_q;
  logic [StateWidth-1:0]       next_state_q;

  logic [15:0]                 list_row;
  logic signed [SpanWidth-1:0] list_x, list_addr;
  logic [PlaceWidth-1:0]       list_place, list_length;
  logic                        list_end, list_final;
  logic [StateWidth-1:0]       list_state;

  npu_segments #(
    .Chunk     ( Chunk     ),
    .SpanWidth ( SpanWidth )
  ) u_list (
    .clk_i            ( clk_i                ),
    .clear_i          ( start_i              ),
    .load_i           ( 1'b0                 ),
    .next_i           ( listing_q            ),
    .cfg_kernel_h_i   ( cfg_kernel_h_i       ),
    .cfg_runs_i       ( cfg_runs_i           ),
    .cfg_dilation_y_i ( cfg_dilation_y_i     ),
    .cfg_run_i        ( cfg_run_i            ),
    .cfg_step_ky_i    ( cfg_step_ky_i        ),
    .cfg_step_kx_i    ( cfg_step_kx_i        ),
    .state_i          ( {StateWidth{1'b0}}   ),
    .state_o          ( list_state           ),
    .row_o            ( list_row             ),
    .x_o              ( list_x               ),
    .addr_o           ( list_addr            ),
    .place_o          ( list_place           ),
    .length_o         ( list_length          ),
    .chunk_end_o      ( list_end             ),
    .final_o          ( list_final           )
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      listing_q    <= 1'b0;
      listed_q     <= 1'b0;
      list_index_q <= '0;
    end else if (start_i || swap) begin
      listing_q    <= 1'b1;
      listed_q     <= 1'b0;
      list_index_q <= '0;
    end else if (listing_q) begin
      listing_q    <= !list_end;
      listed_q     <= list_end;
      if (list_index_q != IndexWidth'(Ways)) list_index_q <= list_index_q + 1'b1;
    end
  end

  for (genvar j = 0; j < Ways; j++) begin : gen_next
    always_ff @(posedge clk_i) begin
      if (listing_q && (list_index_q == IndexWidth'(j))) begin
        next_q[j*EntryWidth +: EntryWidth] <=
            {list_row, list_x, list_addr, list_place, list_length};
      end
      if (start_i || swap) next_valid_q[j] <= 1'b0;
      else if (listing_q && (list_index_q == IndexWidth'(j))) next_valid_q[j] <= 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (start_i || swap) begin
      next_more_q <= 1'b0;
    end else if (listing_q && (list_index_q == IndexWidth'(Ways)) && !next_more_q) begin
      next_more_q  <= 1'b1;
      next_state_q <= list_state;
    end
    if (listing_q) next_final_q <= list_final;
  end

  ///////////////////////////////////
  // The pass at hand, its segments //
  ///////////////////////////////////

  logic                        active_d, active_q;  // there is a pass at hand or to come
  logic                        run_d, run_q;        // there is one at hand
  logic [Ways-1:0]             valid_q;
  logic [Ways*EntryWidth-1:0]  entry_q;
  logic                        more_q, final_q;
  logic [StateWidth-1:0]       state_q;

  logic                        complete, pass_end;
  logic                        extra_step;

  always_ff @(posedge clk_i) begin
    if (swap) begin
      valid_q <= next_valid_q;
      entry_q <= next_q;
      more_q  <= next_more_q;
      final_q <= next_final_q;
      state_q <= next_state_q;
    end
  end

  logic [15:0]                 extra_row;
  logic signed [SpanWidth-1:0] extra_x, extra_addr;
  logic [PlaceWidth-1:0]       extra_place, extra_length;
  logic                        extra_end, extra_final;
  logic [StateWidth-1:0]       extra_state;

  npu_segments #(
    .Chunk     ( Chunk     ),
    .SpanWidth ( SpanWidth )
  ) u_extra (
    .clk_i            ( clk_i            ),
    .clear_i          ( 1'b0             ),
    .load_i           ( swap || complete ),
    .next_i           ( extra_step       ),
    .cfg_kernel_h_i   ( cfg_kernel_h_i   ),
    .cfg_runs_i       ( cfg_runs_i       ),
    .cfg_dilation_y_i ( cfg_dilation_y_i ),
    .cfg_run_i        ( cfg_run_i        ),
    .cfg_step_ky_i    ( cfg_step_ky_i    ),
    .cfg_step_kx_i    ( cfg_step_kx_i    ),
    .state_i          ( swap ? next_state_q : state_q ),
    .state_o          ( extra_state      ),
    .row_o            ( extra_row        ),
    .x_o              ( extra_x          ),
    .addr_o           ( extra_addr       ),
    .place_o          ( extra_place      ),
    .length_o         ( extra_length     ),
    .chunk_end_o      ( extra_end        ),
    .final_o          ( extra_final      )
  );

  ///////////////////
  // The positions //
  ///////////////////

  // Of the position at hand, of the block's first, and of the one behind.
  logic [PosWidth-1:0]         left_q, block_left_q, after_left;    // positions from it on
  logic [15:0]                 ox_q, block_ox_q, after_ox;
  logic signed [17:0]          y_q, block_y_q, after_y;
  logic signed [SpanWidth-1:0] x_q, block_x_q, after_x;
  logic signed [SpanWidth-1:0] addr_q, block_addr_q, after_addr;
  logic signed [SpanWidth-1:0] line_q, block_line_q, after_line;    // address at output column 0
  logic [RowWidth-1:0]         row_q;
  logic [CtileWidth-1:0]       ctile_q;
  logic                        layer_end, line_end;
  logic signed [17:0]          first_y;

  assign first_y    = -$signed({2'b00, cfg_pad_top_i});
  assign layer_end  = (left_q == PosWidth'(1));
  assign line_end   = (ox_q == cfg_out_w_i - 16'd1);
  assign pass_end   = complete && (layer_end || (row_q == RowWidth'(Block - 1)));
  assign pass_end_o = pass_end;

  always_comb begin
    if (layer_end) begin
      after_left = cfg_positions_i;
      after_ox   = '0;
      after_y    = first_y;
      after_x    = cfg_first_x_i;
      after_addr = cfg_first_addr_i;
      after_line = cfg_first_addr_i;
    end else begin
      after_left = left_q - 1'b1;
      after_ox   = line_end ? 16'd0 : ox_q + 16'd1;
      after_y    = line_end ? y_q + $signed({2'b00, cfg_stride_y_i}) : y_q;
      after_x    = line_end ? cfg_first_x_i : x_q + cfg_step_ox_i;
      after_line = line_end ? line_q + cfg_step_oy_i : line_q;
      after_addr = line_end ? line_q + cfg_step_oy_i : addr_q + cfg_step_ox_i;
    end
  end

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      left_q       <= cfg_positions_i;
      ox_q         <= '0;
      y_q          <= first_y;
      x_q          <= cfg_first_x_i;
      addr_q       <= cfg_first_addr_i;
      line_q       <= cfg_first_addr_i;
      block_left_q <= cfg_positions_i;
      block_ox_q   <= '0;
      block_y_q    <= first_y;
      block_x_q    <= cfg_first_x_i;
      block_addr_q <= cfg_first_addr_i;
      block_line_q <= cfg_first_addr_i;
      row_q        <= '0;
      ctile_q      <= '0;
    end else if (complete) begin
      if (pass_end && !final_q) begin  // the same block again
        left_q <= block_left_q;
        ox_q   <= block_ox_q;
        y_q    <= block_y_q;
        x_q    <= block_x_q;
        addr_q <= block_addr_q;
        line_q <= block_line_q;
      end else begin
        left_q <= after_left;
        ox_q   <= after_ox;
        y_q    <= after_y;
        x_q    <= after_x;
        addr_q <= after_addr;
        line_q <= after_line;
      end
      if (pass_end && final_q) begin
        block_left_q <= after_left;
        block_ox_q   <= after_ox;
        block_y_q    <= after_y;
        block_x_q    <= after_x;
        block_addr_q <= after_addr;
        block_line_q <= after_line;
        if (layer_end) ctile_q <= ctile_q + 1'b1;
      end
      row_q <= pass_end ? '0 : row_q + 1'b1;
    end
  end

  assign swap = active_q && listed_q && (!run_q || (pass_end && active_d));

  always_comb begin
    active_d = active_q;
    run_d    = run_q;
    if (start_i) begin
      active_d = 1'b1;
      run_d    = 1'b0;
    end else if (pass_end && final_q && layer_end && (ctile_q == cfg_ctiles_i - 1'b1)) begin
      active_d = 1'b0;
      run_d    = 1'b0;
    end else if (swap) begin
      run_d    = 1'b1;
    end else if (pass_end) begin
      run_d    = 1'b0;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      active_q <= 1'b0;
      run_q    <= 1'b0;
    end else begin
      active_q <= active_d;
      run_q    <= run_d;
    end
  end

  /////////////////////////////////////
  // One read a cycle: who is served //
  /////////////////////////////////////

  logic                        step;
  logic [Ways-1:0]             miss, serve;
  logic [Ways*SpanWidth-1:0]   first;
  logic                        single;       // at most one is missing
  logic signed [SpanWidth-1:0] read_addr;
  logic                        extra_wanted;
  logic signed [SpanWidth-1:0] extra_first, extra_stop;
  logic [Chunk-1:0]            extra_mask;
  logic [$clog2(Banks)-1:0]    extra_turn;

  assign step       = run_q && want_i;
  assign serve      = miss & (~miss + 1'b1);
  assign single     = ((miss & (miss - 1'b1)) == '0);
  assign extra_step = step && more_q && (miss == '0);
  assign ready_o    = run_q && (more_q ? ((miss == '0) && extra_end) : single);
  assign complete   = ready_o && want_i;

  npu_cut #(
    .Chunk     ( Chunk     ),
    .Banks     ( Banks     ),
    .SpanWidth ( SpanWidth )
  ) u_extra_cut (
    .valid_i        ( 1'b1           ),
    .cfg_in_h_i     ( cfg_in_h_i     ),
    .cfg_row_size_i ( cfg_row_size_i ),
    .window_y_i     ( y_q            ),
    .window_x_i     ( x_q            ),
    .window_addr_i  ( addr_q         ),
    .row_i          ( extra_row      ),
    .x_i            ( extra_x        ),
    .addr_i         ( extra_addr     ),
    .place_i        ( extra_place    ),
    .length_i       ( extra_length   ),
    .wanted_o       ( extra_wanted   ),
    .first_o        ( extra_first    ),
    .end_o          ( extra_stop     ),
    .mask_o         ( extra_mask     ),
    .turn_o         ( extra_turn     )
  );

  always_comb begin
    read_addr = extra_first;
    for (int j = 0; j < Ways; j++) begin
      if (serve[j]) read_addr = $signed(first[j*SpanWidth +: SpanWidth]);
    end
  end

  assign re_o    = step && ((miss != '0) || (more_q && extra_wanted));
  assign raddr_o = ElemWidth'(read_addr);

  ///////////////////////////////////////////
  // A cycle later: windows, and the chunk //
  ///////////////////////////////////////////

  logic                        step_q, fresh_q, complete_q, last_q;
  logic                        begun_q;      // a step of this position was before
  logic [Chunk-1:0]            extra_mask_q;
  logic [$clog2(Banks)-1:0]    extra_turn_q;
  logic [RowWidth-1:0]         step_row_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      step_q     <= 1'b0;
      complete_q <= 1'b0;
      last_q     <= 1'b0;
      begun_q    <= 1'b0;
      fresh_q    <= 1'b0;
    end else begin
      step_q     <= step;
      complete_q <= complete;
      last_q     <= pass_end;
      if (step) begun_q <= !complete;
      fresh_q    <= !begun_q;
    end
  end

  always_ff @(posedge clk_i) begin
    if (step) begin
      extra_mask_q <= extra_step ? extra_mask : '0;
      extra_turn_q <= extra_turn;
      step_row_q   <= row_q;
    end
  end

  logic [Ways*Chunk-1:0]          way_mask;
  logic [Ways*Chunk*ActWidth-1:0] way_data;

  for (genvar j = 0; j < Ways; j++) begin : gen_way
    logic [EntryWidth-1:0] entry;

    assign entry = entry_q[j*EntryWidth +: EntryWidth];

    npu_way #(
      .Chunk     ( Chunk     ),
      .Banks     ( Banks     ),
      .ActWidth  ( ActWidth  ),
      .SpanWidth ( SpanWidth )
    ) u_way (
      .clk_i          ( clk_i                                              ),
      .clear_i        ( swap || start_i                                    ),
      .step_i         ( step                                               ),
      .read_i         ( step && serve[j]                                   ),
      .valid_i        ( valid_q[j]                                         ),
      .cfg_in_h_i     ( cfg_in_h_i                                         ),
      .cfg_row_size_i ( cfg_row_size_i                                     ),
      .window_y_i     ( y_q                                                ),
      .window_x_i     ( x_q                                                ),
      .window_addr_i  ( addr_q                                             ),
      .row_i          ( entry[EntryWidth-1 -: 16]                          ),
      .x_i            ( $signed(entry[2*PlaceWidth+SpanWidth +: SpanWidth]) ),
      .addr_i         ( $signed(entry[2*PlaceWidth +: SpanWidth])          ),
      .place_i        ( entry[PlaceWidth +: PlaceWidth]                    ),
      .length_i       ( entry[0 +: PlaceWidth]                             ),
      .miss_o         ( miss[j]                                            ),
      .first_o        ( first[j*SpanWidth +: SpanWidth]                    ),
      .rdata_i        ( rdata_i                                            ),
      .mask_o         ( way_mask[j*Chunk +: Chunk]                         ),
      .data_o         ( way_data[j*Chunk*ActWidth +: Chunk*ActWidth]       )
    );
  end

  logic [2*Banks*ActWidth-1:0] around;
  logic [Chunk*ActWidth-1:0]   extra_data, vec_d, vec_q;

  assign around     = {rdata_i, rdata_i};
  assign extra_data = around[32'(extra_turn_q)*ActWidth +: Chunk*ActWidth];

  always_comb begin
    vec_d = fresh_q ? {Chunk{cfg_zero_i}} : vec_q;
    for (int k = 0; k < Chunk; k++) begin
      if (extra_mask_q[k]) vec_d[k*ActWidth +: ActWidth] = extra_data[k*ActWidth +: ActWidth];
      for (int j = 0; j < Ways; j++) begin
        if (way_mask[j*Chunk + k]) begin
          vec_d[k*ActWidth +: ActWidth] = way_data[(j*Chunk + k)*ActWidth +: ActWidth];
        end
      end
    end
  end

  logic                vec_valid_q, vec_last_q;
  logic [RowWidth-1:0] vec_row_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      vec_valid_q <= 1'b0;
      vec_last_q  <= 1'b0;
    end else begin
      vec_valid_q <= complete_q;
      vec_last_q  <= last_q;
    end
  end

  always_ff @(posedge clk_i) begin
    if (step_q) begin
      vec_q     <= vec_d;
      vec_row_q <= step_row_q;
    end
  end

  assign vec_valid_o = vec_valid_q;
  assign vec_last_o  = vec_last_q;
  assign vec_row_o   = vec_row_q;
  assign vec_o       = vec_q;

  logic unused;
  assign unused = ^{extra_final, extra_state, extra_stop, read_addr, first};

endmodule
