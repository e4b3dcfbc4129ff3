// Runs a program: checks the ROM, then fetches one descriptor after the other, starts its layer
// and records what it cost.
//
//   idle --start--> header --> program --> [ fetch --> check --> start --> run ] ... --> idle
//                     \___________\______________________\--error---------------------------^
//   idle --verify--> header --> program --> images (npu_images) --> idle
//   any  --abort---> idle, with an error
//
// A ROM word comes a cycle after its address. A layer's cycles are counted from its first fetch
// cycle to the one in which its last result is written. It does not know what a layer does.
module npu_ctrl #(
  parameter int Lanes           = 1,
  parameter int Cols            = 4,
  parameter int ProgramDepth    = 256,
  parameter int WeightDepth     = 1024,
  parameter int ParamDepth      = 64,
  parameter int Elements        = 16384,  // of the activation memory
  parameter int PosWidth        = 16,
  parameter int StepWidth       = 16,
  parameter int CtileWidth      = 8,
  parameter int SpanWidth       = 20,
  parameter int CycleWidth      = 48,
  parameter int EventWidth      = 48,
  // derived: do not set
  parameter int AddrWidth       = (ProgramDepth > 1) ? $clog2(ProgramDepth) : 1,
  parameter int TableDepth      = (ProgramDepth >= 72) ? (ProgramDepth - 8) / 32 : 1,
  parameter int TableAddrWidth  = (TableDepth > 1) ? $clog2(TableDepth) : 1,
  parameter int TableWidth      = CycleWidth + EventWidth + 56
) (
  input  logic                        clk_i,
  input  logic                        rst_ni,

  input  logic                        start_i,       // ignored, and an error, while busy
  input  logic                        verify_i,      // with start_i: check all ROMs, run nothing
  input  logic                        abort_i,       // ignored while idle
  input  logic                        clear_i,       // done and error
  output logic                        busy_o,
  output logic                        done_o,
  output logic                        failed_o,
  output logic [3:0]                  code_o,        // of the error
  output logic                        end_o,         // one cycle: a run ended, well or not
  output logic [15:0]                 index_o,       // descriptor
  output logic [15:0]                 finished_o,
  output logic [31:0]                 digest_o,
  output logic [31:0]                 count_o,
  output logic [31:0]                 program_crc_o,
  output logic [31:0]                 image_crc_o,
  output logic [CycleWidth-1:0]       cycles_o,

  output logic                        rom_re_o,
  output logic [AddrWidth-1:0]        rom_addr_o,
  input  logic [31:0]                 rom_rdata_i,

  output logic                        images_start_o,
  input  logic                        images_done_i,
  input  logic                        images_bad_i,  // cannot be walked
  input  logic [31:0]                 images_crc_i,

  output logic                        layer_start_o,
  input  logic                        layer_done_i,  // the cycle before its last result is written
  input  logic [EventWidth-1:0]       layer_overflows_i,
  input  logic [31:0]                 layer_signature_i,  // a cycle after layer_done_i
  output logic [1023:0]               desc_o,
  output logic signed [SpanWidth-1:0] first_x_o,     // window of output column 0, in elements

  output logic                        table_we_o,
  output logic [TableAddrWidth-1:0]   table_addr_o,
  output logic [TableWidth-1:0]       table_data_o
);

  localparam logic [3:0] Idle = 4'd0, Header = 4'd1, Program = 4'd2, Verify = 4'd3, Fetch = 4'd4,
                         Check = 4'd5, Start = 4'd6, Run = 4'd7, Images = 4'd8;
  localparam logic [31:0] Magic = 32'h3149_504e;
  localparam logic [3:0] NoError = 4'd0, BadMagic = 4'd1, BadHeader = 4'd2, BadProgram = 4'd3,
                         BadDescriptor = 4'd4, BadStart = 4'd5, BadImages = 4'd6,
                         Aborted = 4'd7;

  logic [3:0]            state_q;
  logic                  failed_q, done_q, end_q;
  logic [3:0]            code_q;
  logic [15:0]           index_q, finished_q;
  logic [31:0]           count_q, total_q, program_crc_q, image_crc_q, digest_q;
  logic                  verify_q;
  logic                  magic_q, desc_crc_q;
  logic [CycleWidth-1:0] cycles_q, layer_cycles_q;
  logic [1023:0]         desc_q;
  logic                  layer_done_q;

  /////////////
  // Reading //
  /////////////

  logic                  read_q, came_q;     // a word is addressed, has come
  logic [AddrWidth-1:0]  addr_q;
  logic [31:0]           read_left_q;        // words to address, this one included
  logic [31:0]           came_left_q;        // words to come, this one included
  logic                  read_begin;
  logic [31:0]           read_count;
  logic [AddrWidth-1:0]  read_addr;
  logic [31:0]           crc;
  logic                  came_last, stop;

  assign stop      = abort_i && (state_q != Idle);
  assign came_last = came_q && (came_left_q == 32'd1);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      read_q      <= 1'b0;
      came_q      <= 1'b0;
      addr_q      <= '0;
      read_left_q <= '0;
      came_left_q <= '0;
    end else begin
      came_q <= read_q && !stop;
      if (stop) begin
        read_q      <= 1'b0;
      end else if (read_begin) begin
        read_q      <= 1'b1;
        addr_q      <= read_addr;
        read_left_q <= read_count;
        came_left_q <= read_count;
      end else begin
        if (read_q) begin
          read_q      <= (read_left_q != 32'd1);
          addr_q      <= addr_q + 1'b1;
          read_left_q <= read_left_q - 32'd1;
        end
        if (came_q) came_left_q <= came_left_q - 32'd1;
      end
    end
  end

  assign rom_re_o   = read_q;
  assign rom_addr_o = addr_q;

  npu_crc #(
    .Units     ( 1  ),
    .UnitWidth ( 32 )
  ) u_crc (
    .clk_i   ( clk_i       ),
    .clear_i ( read_begin  ),
    .valid_i ( came_q      ),
    .count_i ( 1'b1        ),
    .data_i  ( rom_rdata_i ),
    .crc_o   ( crc         )
  );

  ////////////
  // Checks //
  ////////////

  logic header_ok, sizes_ok, desc_ok, runs_ok;

  // The descriptor's word that comes; each has its place in desc_q from then on.
  logic [4:0] word;

  assign word = 5'd0 - came_left_q[4:0];

  assign header_ok = (rom_rdata_i == crc);
  assign sizes_ok  = (count_q != '0) && (count_q <= 32'(TableDepth)) &&
                     (total_q <= 32'(ProgramDepth)) && (total_q >= 32'd8 + (count_q << 5));
  assign desc_ok   = desc_crc_q && runs_ok;

  npu_check #(
    .Lanes       ( Lanes       ),
    .Cols        ( Cols        ),
    .WeightDepth ( WeightDepth ),
    .ParamDepth  ( ParamDepth  ),
    .Elements    ( Elements    ),
    .PosWidth    ( PosWidth    ),
    .StepWidth   ( StepWidth   ),
    .CtileWidth  ( CtileWidth  ),
    .SpanWidth   ( SpanWidth   )
  ) u_check (
    .clk_i     ( clk_i                       ),
    .valid_i   ( (state_q == Fetch) && came_q ),
    .word_i    ( word                        ),
    .desc_i    ( desc_q                      ),
    .ok_o      ( runs_ok                     ),
    .first_x_o ( first_x_o                   )
  );

  ///////////
  // State //
  ///////////

  logic       fail;
  logic [3:0] fail_code;
  logic       last_desc, finish;

  assign last_desc = (32'(index_q) + 32'd1 == count_q);
  assign finish    = (layer_done_q && last_desc) || ((state_q == Images) && images_done_i);

  always_comb begin
    fail       = 1'b0;
    fail_code  = NoError;
    read_begin = 1'b0;
    read_addr  = '0;
    read_count = 32'd8;
    case (state_q)
      Idle: read_begin = start_i;
      Header: begin
        if (came_last) begin
          fail       = !magic_q || !header_ok || !sizes_ok;
          fail_code  = !magic_q ? BadMagic : BadHeader;
          read_begin = !fail;
          read_addr  = AddrWidth'(8);
          read_count = total_q - 32'd8;
        end
      end
      Verify: begin
        fail       = (crc != program_crc_q);
        fail_code  = BadProgram;
        read_begin = !fail && !verify_q;
        read_addr  = AddrWidth'(8);
        read_count = 32'd32;
      end
      Images: begin
        fail       = images_done_i && (images_bad_i || (images_crc_i != image_crc_q));
        fail_code  = BadImages;
      end
      Start: begin
        fail       = !desc_ok;
        fail_code  = BadDescriptor;
      end
      Run: begin
        read_begin = layer_done_q && !last_desc;
        read_addr  = AddrWidth'(8) + AddrWidth'({index_q + 16'd1, 5'd0});
        read_count = 32'd32;
      end
      default: ;
    endcase
    if (stop) begin
      fail      = 1'b1;
      fail_code = Aborted;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q      <= Idle;
      failed_q     <= 1'b0;
      done_q       <= 1'b0;
      end_q        <= 1'b0;
      code_q       <= NoError;
      index_q      <= '0;
      finished_q   <= '0;
      layer_done_q <= 1'b0;
    end else begin
      layer_done_q <= layer_done_i && (state_q == Run);
      end_q        <= fail || finish;
      case (state_q)
        Idle: if (start_i) state_q <= Header;
        Header: if (came_last) state_q <= Program;
        Program: if (came_last) state_q <= Verify;
        Verify: state_q <= verify_q ? Images : Fetch;
        Images: if (images_done_i) state_q <= Idle;
        Fetch: if (came_last) state_q <= Check;
        Check: state_q <= Start;
        Start: state_q <= Run;
        default: if (layer_done_q) state_q <= last_desc ? Idle : Fetch;
      endcase
      if (fail) state_q <= Idle;

      if (clear_i || ((state_q == Idle) && start_i)) begin
        failed_q <= 1'b0;
        done_q   <= 1'b0;
        code_q   <= NoError;
      end
      if (start_i && (state_q != Idle)) begin
        failed_q <= 1'b1;
        code_q   <= BadStart;
      end
      if (fail) begin
        failed_q <= 1'b1;
        code_q   <= fail_code;
      end
      if (finish && !fail) done_q <= 1'b1;

      if ((state_q == Idle) && start_i) begin
        index_q    <= '0;
        finished_q <= '0;
      end else if (layer_done_q) begin
        finished_q <= finished_q + 16'd1;
        if (!last_desc) index_q <= index_q + 16'd1;
      end
    end
  end

  // Words of the header and of the descriptor; counters.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      magic_q        <= 1'b0;
      count_q        <= '0;
      total_q        <= '0;
      program_crc_q  <= '0;
      image_crc_q    <= '0;
      verify_q       <= 1'b0;
      digest_q       <= '0;
      desc_crc_q     <= 1'b0;
      cycles_q       <= '0;
      layer_cycles_q <= '0;
    end else begin
      if ((state_q == Header) && came_q) begin
        case (came_left_q[3:0])
          4'd8: magic_q <= (rom_rdata_i == Magic);
          4'd7: magic_q <= magic_q && (rom_rdata_i == 32'd1);
          4'd6: count_q <= rom_rdata_i;
          4'd5: total_q <= rom_rdata_i;
          4'd4: program_crc_q <= rom_rdata_i;
          4'd3: image_crc_q <= rom_rdata_i;
          4'd2: digest_q <= rom_rdata_i;
          default: ;
        endcase
      end
      if ((state_q == Fetch) && came_q) desc_crc_q <= (rom_rdata_i == crc);
      if ((state_q == Idle) && start_i) verify_q <= verify_i;
      if ((state_q == Idle) && start_i) cycles_q <= CycleWidth'(1);
      else if (state_q != Idle) cycles_q <= cycles_q + 1'b1;
      if ((state_q == Verify) || layer_done_q) layer_cycles_q <= '0;
      else layer_cycles_q <= layer_cycles_q + 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if ((state_q == Fetch) && came_q) begin
      for (int w = 0; w < 32; w++) begin
        if (word == 5'(w)) desc_q[w*32 +: 32] <= rom_rdata_i;
      end
    end
  end

  assign busy_o        = (state_q != Idle);
  assign done_o        = done_q;
  assign failed_o      = failed_q;
  assign code_o        = code_q;
  assign end_o         = end_q;
  assign index_o       = index_q;
  assign finished_o    = finished_q;
  assign digest_o      = digest_q;
  assign count_o       = count_q;
  assign program_crc_o = program_crc_q;
  assign image_crc_o   = image_crc_q;
  assign cycles_o      = cycles_q;
  assign images_start_o = (state_q == Verify) && !fail && verify_q;
  assign layer_start_o = (state_q == Start) && desc_ok;
  assign desc_o        = desc_q;

  assign table_we_o    = layer_done_q;
  assign table_addr_o  = TableAddrWidth'(index_q);
  assign table_data_o  = {desc_q[31:16], desc_q[7:0], layer_signature_i, layer_overflows_i,
                          layer_cycles_q + 1'b1};

endmodule
