// Sample of the package that codegen writes: one localparam a parameter of npu_core.
package npu_pkg;

  localparam int Rows            = 4;
  localparam int Cols            = 4;
  localparam int Lanes           = 1;
  localparam int Dataflow        = 0;
  localparam int ActWidth        = 8;
  localparam int ActSigned       = 1;
  localparam int WeightWidth     = 8;
  localparam int WeightZeroPoint = 0;
  localparam int ProductWidth    = 0;
  localparam int ProductDrop     = 0;
  localparam int ProductRounding = 0;
  localparam int ProductOverflow = 0;
  localparam int AccWidth        = 32;
  localparam int AccOverflow     = 0;
  localparam int AccWrapBits     = 0;
  localparam int AccDepth        = 256;
  localparam int MultWidth       = 32;
  localparam int ShiftWidth      = 6;
  localparam int Rounding        = 0;
  localparam int WeightDepth     = 1024;
  localparam int ParamDepth      = 64;
  localparam int PosWidth        = 16;
  localparam int StepWidth       = 16;
  localparam int CtileWidth      = 8;
  localparam int CycleWidth      = 48;
  localparam int EventWidth      = 48;
  localparam int SimWidth        = 0;
  localparam int ActBanks        = 16;
  localparam int ActDepth        = 1024;
  localparam int ProgramDepth    = 256;
  localparam int GatherWays      = 4;

endpackage
