// The engine with the sizes of npu_pkg, which codegen writes for each hardware file.
// Its sizes are the package's: they are not for overriding.
module npu_top #(
  parameter int Rows            = npu_pkg::Rows,
  parameter int Cols            = npu_pkg::Cols,
  parameter int Lanes           = npu_pkg::Lanes,
  parameter int Dataflow        = npu_pkg::Dataflow,
  parameter int ActWidth        = npu_pkg::ActWidth,
  parameter int ActSigned       = npu_pkg::ActSigned,
  parameter int WeightWidth     = npu_pkg::WeightWidth,
  parameter int WeightZeroPoint = npu_pkg::WeightZeroPoint,
  parameter int ProductWidth    = npu_pkg::ProductWidth,
  parameter int ProductDrop     = npu_pkg::ProductDrop,
  parameter int ProductRounding = npu_pkg::ProductRounding,
  parameter int ProductOverflow = npu_pkg::ProductOverflow,
  parameter int AccWidth        = npu_pkg::AccWidth,
  parameter int AccOverflow     = npu_pkg::AccOverflow,
  parameter int AccWrapBits     = npu_pkg::AccWrapBits,
  parameter int AccDepth        = npu_pkg::AccDepth,
  parameter int MultWidth       = npu_pkg::MultWidth,
  parameter int ShiftWidth      = npu_pkg::ShiftWidth,
  parameter int Rounding        = npu_pkg::Rounding,
  parameter int WeightDepth     = npu_pkg::WeightDepth,
  parameter int ParamDepth      = npu_pkg::ParamDepth,
  parameter int PosWidth        = npu_pkg::PosWidth,
  parameter int StepWidth       = npu_pkg::StepWidth,
  parameter int CtileWidth      = npu_pkg::CtileWidth,
  parameter int CycleWidth      = npu_pkg::CycleWidth,
  parameter int EventWidth      = npu_pkg::EventWidth,
  parameter int SimWidth        = npu_pkg::SimWidth,
  parameter     InitDir         = "",  // as npu_rom; not a size, so not in the package
  // derived
  parameter int WeightAddrWidth = (WeightDepth > 1) ? $clog2(WeightDepth) : 1,
  parameter int ParamAddrWidth  = (ParamDepth > 1) ? $clog2(ParamDepth) : 1,
  parameter int LaneIndexWidth  = (Lanes > 1) ? $clog2(Lanes) : 1
) (
  input  logic                           clk_i,
  input  logic                           rst_ni,

  input  logic                           start_i,
  input  logic [PosWidth-1:0]            cfg_positions_i,
  input  logic [StepWidth-1:0]           cfg_steps_i,
  input  logic [CtileWidth-1:0]          cfg_ctiles_i,
  input  logic [WeightAddrWidth-1:0]     cfg_weight_base_i,
  input  logic [ParamAddrWidth-1:0]      cfg_param_base_i,
  input  logic signed [ActWidth:0]       cfg_in_zp_i,
  input  logic signed [ActWidth:0]       cfg_out_zp_i,
  input  logic signed [ActWidth:0]       cfg_act_min_i,
  input  logic signed [ActWidth:0]       cfg_act_max_i,
  input  logic                           cfg_double_round_i,
  output logic                           busy_o,
  output logic                           done_o,
  output logic [CycleWidth-1:0]          cycles_o,
  output logic [EventWidth-1:0]          overflows_o,

  output logic                           act_req_o,
  output logic [PosWidth-1:0]            act_pos_o,
  output logic [StepWidth-1:0]           act_step_o,
  input  logic [Rows*Lanes*ActWidth-1:0] act_data_i,

  output logic                           out_valid_o,
  output logic [PosWidth-1:0]            out_pos_o,
  output logic [CtileWidth-1:0]          out_ctile_o,
  output logic [Cols*ActWidth-1:0]       out_data_o
);

  localparam int ColWidth      = (Cols > 1) ? $clog2(Cols) : 1;
  localparam int RomAddrWidth  = (WeightAddrWidth > ParamAddrWidth) ? WeightAddrWidth :
                                                                      ParamAddrWidth;
  localparam int RomScaleWidth = WeightWidth + ShiftWidth + MultWidth;
  localparam int RomMost       = (Lanes * WeightWidth > AccWidth) ? Lanes * WeightWidth : AccWidth;
  localparam int RomWordBits   = 8 * (((RomMost > RomScaleWidth) ? RomMost + 7 :
                                                                  RomScaleWidth + 7) / 8);

  logic                   act_want;
  logic [CtileWidth-1:0]  act_ctile;
  logic [RomWordBits-1:0] rom_word;

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
    .InitDir         ( InitDir         )
  ) u_engine (
    .clk_i              ( clk_i              ),
    .rst_ni             ( rst_ni             ),
    .start_i            ( start_i            ),
    .cfg_positions_i    ( cfg_positions_i    ),
    .cfg_steps_i        ( cfg_steps_i        ),
    .cfg_ctiles_i       ( cfg_ctiles_i       ),
    .cfg_weight_base_i  ( cfg_weight_base_i  ),
    .cfg_param_base_i   ( cfg_param_base_i   ),
    .cfg_in_zp_i        ( cfg_in_zp_i        ),
    .cfg_out_zp_i       ( cfg_out_zp_i       ),
    .cfg_act_min_i      ( cfg_act_min_i      ),
    .cfg_act_max_i      ( cfg_act_max_i      ),
    .cfg_double_round_i ( cfg_double_round_i ),
    .cfg_vector_i       ( 1'b0               ),
    .cfg_kind_i         ( 3'd0               ),
    .cfg_second_zp_i    ( {(ActWidth+1){1'b0}} ),
    .rom_re_i           ( 1'b0               ),
    .rom_kind_i         ( 2'd0               ),
    .rom_col_i          ( {ColWidth{1'b0}}   ),
    .rom_addr_i         ( {RomAddrWidth{1'b0}} ),
    .rom_word_o         ( rom_word           ),
    .busy_o             ( busy_o             ),
    .done_o             ( done_o             ),
    .cycles_o           ( cycles_o           ),
    .overflows_o        ( overflows_o        ),
    .act_ready_i        ( 1'b1               ),
    .act_want_o         ( act_want           ),
    .act_req_o          ( act_req_o          ),
    .act_pos_o          ( act_pos_o          ),
    .act_step_o         ( act_step_o         ),
    .act_ctile_o        ( act_ctile          ),
    .act_data_i         ( act_data_i         ),
    .tap_valid_i        ( 1'b0               ),
    .tap_inside_i       ( 1'b0               ),
    .tap_first_i        ( 1'b0               ),
    .tap_fire_i         ( 1'b0               ),
    .tap_last_i         ( 1'b0               ),
    .tap_lane_i         ( {LaneIndexWidth{1'b0}} ),
    .tap_ctile_i        ( {CtileWidth{1'b0}} ),
    .tap_addr_i         ( {WeightAddrWidth{1'b0}} ),
    .tap_data_i         ( {(Cols*ActWidth){1'b0}} ),
    .out_valid_o        ( out_valid_o        ),
    .out_pos_o          ( out_pos_o          ),
    .out_ctile_o        ( out_ctile_o        ),
    .out_data_o         ( out_data_o         )
  );

  logic unused;
  assign unused = ^{act_want, act_ctile, rom_word};

endmodule
