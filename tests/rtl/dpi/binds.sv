// The checkers on every instance of the arithmetic, wherever it is used. rtl/ knows nothing of it.
bind npu_round_inc check_round_inc #(.Mode(Mode)) u_check (.*);

bind npu_overflow check_overflow #(
  .InWidth(InWidth), .OutWidth(OutWidth), .Mode(Mode), .WrapBits(WrapBits)
) u_check (.*);

bind npu_product check_product #(
  .InWidth(InWidth), .OutWidth(OutWidth), .Drop(Drop), .Rounding(Rounding), .Overflow(Overflow)
) u_check (.*);

bind npu_pe check_pe #(
  .Lanes(Lanes), .ActOpWidth(ActOpWidth), .WeightOpWidth(WeightOpWidth),
  .ProductWidth(ProductWidth), .ProductDrop(ProductDrop), .ProductRounding(ProductRounding),
  .ProductOverflow(ProductOverflow), .AccWidth(AccWidth), .AccOverflow(AccOverflow),
  .AccWrapBits(AccWrapBits), .ActStore(ActStore), .WeightStore(WeightStore),
  .AccStore(AccStore), .CountWidth(CountWidth)
) u_check (.*);

bind npu_requant check_requant #(
  .AccWidth(AccWidth), .MultWidth(MultWidth), .ShiftWidth(ShiftWidth), .ActWidth(ActWidth),
  .Rounding(Rounding)
) u_check (.*);
